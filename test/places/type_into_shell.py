"""Types lines into an interactive shell on a terminal of its own, each after a prompt, and prints what came back.

usage: type_into_shell.py PROMPT SHELL [ARG...] < lines
"""

import os
import pty
import sys

prompt = sys.argv[1].encode()
lines = [line.encode() + b"\n" for line in sys.stdin.read().splitlines()]
pid, terminal = pty.fork()
if pid == 0:
    os.environ["PS1"] = sys.argv[1]
    os.execvp(sys.argv[2], sys.argv[2:])

seen = b""
waiting = b""
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # Linux tells so of a terminal whose program has ended
        break
    if not piece:
        break
    seen += piece
    waiting += piece
    if prompt in waiting and lines:
        waiting = b""
        os.write(terminal, lines.pop(0))

os.waitpid(pid, 0)
sys.stdout.write(seen.decode(errors="replace"))
