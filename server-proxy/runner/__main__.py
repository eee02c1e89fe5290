"""Entry of runner.pyz."""

import sys

from nightlog_runner.main import main

# Names this build; `build.mjs` fills it in.
DIGEST = ''

sys.exit(main(sys.argv[1:]))
