"""`python -m audiostyle_lib`: the command `audiostyle` where its script is not on the path."""

import sys

from .commands.main import main

sys.exit(main())
