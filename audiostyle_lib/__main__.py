"""`python -m audiostyle_lib`: the command `audiostyle` where its script is not on the path."""

import sys

from .cli import main

sys.exit(main())
