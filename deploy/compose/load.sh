# Writes numbers to the key "counter" of server after server: each goes to the next server only when the one before has it.
# What is refused, because writes are stopped or a server is away, is written again.
value=$(redis-cli -h "$1" get counter)
while :; do
  value=$((${value:-0} + 1))
  for server in "$@"; do
    until [ "$(redis-cli -h "$server" set counter "$value" 2>&1)" = OK ]; do sleep 0.1; done
  done
  sleep 0.02
done
