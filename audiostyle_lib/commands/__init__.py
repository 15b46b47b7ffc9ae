"""The command `audiostyle`: each verb a module with `add` and `run`; `main` knows them all."""
