import sys

import recorded

recorded.record(*sys.argv[1:])
# changed
