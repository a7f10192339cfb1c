// A shell that starts a server again whenever it ends, as a container's restart policy does it, but waits while the agent keeps
// the gate shut for a restore. Its arguments: the gate, and the server's command.
export const supervisor = 'while :; do while [ -e "$0" ]; do sleep 0.05; done; "$@"; sleep 0.05; done';
