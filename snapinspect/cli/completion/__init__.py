"""What a shell is offered for the word at hand, out of the commands and out of the snapshot that is named.

The protocol is cobra's, which ``kubectl`` speaks with its plugins, too: the words so far, the last one unfinished, make
one candidate a line, then ``:4``, or ``:0`` where files are meant (cobra ``completions.go``, ShellCompDirective).
"""

from snapinspect.cli.completion.offer import offer
from snapinspect.cli.completion.scripts import Shell, script

__all__ = ["Shell", "offer", "script"]
