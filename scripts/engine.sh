# shellcheck shell=bash
# A Docker engine for the scripts: the one that DOCKER_HOST or the default socket answers with, else a private dockerd
# with everything it owns under build/engine, started here and stopped again. Only curl talks to it.
#
# The private one shares the machine with whatever else runs on it, so it leaves the packet filter alone (a second dockerd
# that manages iptables deletes the chains of the first): published ports go through docker-proxy. And it has a default
# bridge of its own, for dockerd would take over docker0, and remove it when told to have no bridge.

# shellcheck disable=SC2154  # root: lib.sh
engine_dir=$root/build/engine
engine_bridge=bg-$(cksum <<<"$engine_dir" | cut -d' ' -f1)
engine_pid=
readonly engine_bridged_rule=(-m physdev --physdev-is-bridged -m comment --comment bluegreen-engine -j ACCEPT)

# engine_start: afterwards DOCKER_HOST is exported and answers. The caller must arrange for engine_stop to run at its exit.
engine_start() {
  ensure_packages curl ca-certificates
  local default=unix:///var/run/docker.sock
  if [ -n "${DOCKER_HOST:-}" ]; then
    engine_answers || die "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST; start it, or unset DOCKER_HOST"
  elif DOCKER_HOST=$default engine_answers; then
    export DOCKER_HOST=$default
  else
    engine_start_private
  fi
}

engine_is_private() { [ -n "$engine_pid" ]; }

# engine_api METHOD PATH [CURL OPTION...]: one request to the engine, the answer on stdout; fails on status 400 and above.
engine_api() {
  local method=$1 path=$2
  shift 2
  case $DOCKER_HOST in
    unix://*) curl -sS -f -g -X "$method" --unix-socket "${DOCKER_HOST#unix://}" "$@" "http://localhost$path" ;;
    tcp://*) curl -sS -f -g -X "$method" "$@" "http://${DOCKER_HOST#tcp://}$path" ;;
    *) die "DOCKER_HOST=$DOCKER_HOST: the scripts can use unix:// and tcp:// only" ;;
  esac
}

engine_answers() { engine_api GET /_ping --max-time 3 >/dev/null 2>&1; }

engine_start_private() {
  [ "$(id -u)" = 0 ] || die "no Docker engine answers, and only root can start a private one"
  engine_ensure_program
  engine_claim
  say "starting a private Docker engine in build/engine"
  # A socket's path has at most 107 bytes, and a checkout's may be longer; the same for the sockets below exec-root.
  local run_dir
  run_dir=$(mktemp -d /tmp/bluegreen-engine.XXXXXX)
  printf '%s\n' "$run_dir" >"$engine_dir/run-dir"
  export DOCKER_HOST=unix://$run_dir/docker.sock
  ip link add "$engine_bridge" type bridge
  # A session of its own, so that a Ctrl-C ends the script first, and the script then the engine.
  setsid dockerd --data-root "$engine_dir/data" --exec-root "$run_dir/exec" --pidfile "$engine_dir/pid" \
    --host "$DOCKER_HOST" --bridge "$engine_bridge" --iptables=false --ip-forward=false --ip-masq=false \
    >"$engine_dir/log" 2>&1 9>&- &
  engine_pid=$!
  engine_allow_bridged_traffic
  local deadline=$((SECONDS + 60))
  until engine_answers; do
    if ! kill -0 "$engine_pid" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
      tail -n 20 "$engine_dir/log" >&2
      die "the private Docker engine did not start; its last lines are above, all of them in build/engine/log"
    fi
    sleep 0.1
  done
  engine_clear
}

# engine_ensure_program: what it takes to start an engine on this machine.
engine_ensure_program() {
  local program
  for program in dockerd iptables ip; do
    command -v $program >/dev/null || { ensure_packages docker.io iptables iproute2 && break; }
  done
  engine_mount_cgroups
}

# One user of build/engine at a time: the second waits. What a killed one left behind is cleared away.
engine_claim() {
  mkdir -p "$engine_dir"
  exec 9>"$engine_dir/lock"
  flock -n 9 || { say "waiting for the other user of build/engine"; flock 9; }
  local pid
  pid=$(cat "$engine_dir/pid" 2>/dev/null || true)
  if [ -n "$pid" ] && tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -xF -- "$engine_dir/data" >/dev/null; then
    say "stopping the private engine that an earlier run left behind"
    engine_end_process "$pid"
  fi
  engine_remove_run_dir
  ip link delete "$engine_bridge" 2>/dev/null || true
  engine_forbid_bridged_traffic
  rm -f "$engine_dir/pid"
}

# engine_end_left_behind: the private engine of an earlier run, if it still runs.
engine_end_left_behind() {
  engine_claim
  exec 9>&-
}

engine_end_process() {
  kill "$1" 2>/dev/null || return 0
  local deadline=$((SECONDS + 30))
  while kill -0 "$1" 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.1; done
  kill -KILL "$1" 2>/dev/null || true
}

engine_remove_run_dir() {
  local run_dir mount
  run_dir=$(cat "$engine_dir/run-dir" 2>/dev/null || true)
  [ -n "$run_dir" ] || return 0
  findmnt -lno TARGET | { grep -F -e "$run_dir/" -e "$engine_dir/" || true; } | sort -r |
    while IFS= read -r mount; do umount -l "$mount" || true; done
  rm -rf "$run_dir"
  rm -f "$engine_dir/run-dir"
}

# A bare machine (no systemd) may have no cgroups mounted at all.
engine_mount_cgroups() {
  ! grep -q ' /sys/fs/cgroup' /proc/self/mounts || return 0
  say "mounting /sys/fs/cgroup"
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

# Another engine on this machine may have set the policy of forwarded packets to DROP, and with bridge-nf-call-iptables
# that also hits packets between two containers on one bridge. For as long as we run, those pass.
engine_allow_bridged_traffic() {
  [ "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || true)" = 1 ] || return 0
  iptables -S FORWARD | grep -x -- '-P FORWARD DROP' >/dev/null || return 0
  iptables -I FORWARD "${engine_bridged_rule[@]}"
  touch "$engine_dir/rule"
}

engine_forbid_bridged_traffic() {
  [ -e "$engine_dir/rule" ] || return 0
  iptables -D FORWARD "${engine_bridged_rule[@]}" || true
  rm -f "$engine_dir/rule"
}

# Everything in a private engine is ours: no container may come back with it, no bridge may stay behind on the machine.
engine_clear() {
  local id
  for id in $(engine_api GET '/containers/json?all=1' 2>/dev/null | grep -o '"Id":"[0-9a-f]*"' | cut -d'"' -f4); do
    engine_api DELETE "/containers/$id?force=1&v=1" >/dev/null 2>&1 || true
  done
  engine_api POST /networks/prune >/dev/null 2>&1 || true
}

# engine_stop: ends the engine that engine_start started, and no other.
engine_stop() {
  [ -n "$engine_pid" ] || return 0
  engine_clear
  engine_end_process "$engine_pid"
  wait "$engine_pid" 2>/dev/null || true
  engine_pid=
  engine_remove_run_dir
  ip link delete "$engine_bridge" 2>/dev/null || true
  engine_forbid_bridged_traffic
  unset DOCKER_HOST
  exec 9>&-
}
