# shellcheck shell=bash
# What the demo plays, as a story: two scenes, each a project of its own, each under load from its second step on.
# Needs demo_work (a scratch directory), the ports, and the built programs on PATH; scripts/demo sees to that.

# shellcheck disable=SC2034,SC2154  # demo_*: scripts/demo
load_pid=

title() { printf '\n%s\n%s\n' "$*" "$(printf '%*s' ${#1} '' | tr ' ' -)"; }
tell() { printf '\n# %s\n' "$*"; }

# show_command WORD...: as one would type it.
show_command() {
  local word line=
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_./:=,@-]+$ ]] || word="'$word'"
    line+=" $word"
  done
  printf '$%s\n' "$line"
}

# run COMMAND...: shows the command line, then does it.
run() {
  show_command "$@"
  "$@"
}

# load_start SCENE URL OPTION...: in the background, and returns when every kind of client has been answered.
load_start() {
  local scene=$1 deadline=$((SECONDS + 20))
  shift
  show_command bluegreen probe "$@"
  bluegreen probe "$@" --for 5m >"$demo_work/$scene.load" &
  load_pid=$!
  until grep -q 'has been answered' "$demo_work/$scene.load"; do
    if ! kill -0 $load_pid 2>/dev/null || [ $SECONDS -ge $deadline ]; then die "the load did not get going"; fi
    sleep 0.1
  done
}

# load_stop: requests under way are finished.
load_stop() {
  [ -n "$load_pid" ] || return 0
  kill $load_pid 2>/dev/null || true
  wait $load_pid || demo_failed=yes
  load_pid=
}

# The load goes on for a while, so that the timeline shows who answers.
look_on() { sleep 3; }

play_hello() {
  title "Scene 1: hello.py, an image that never changes and a mounted file that does"
  cd "$demo_work/hello" || return
  run cat compose.yaml
  tell "The first release. nginx is missing, so it is started too."
  run bluegreen deploy
  run curl -s "http://localhost:$demo_port"
  tell "From here on clients send requests in the background. wsgiref answers one at a time, so they are gentle."
  load_start hello "http://127.0.0.1:$demo_port" --kinds get,connect --connections 2 --rate 5 --who X-Served-By
  look_on
  tell "The greeting changes. Image and configuration do not."
  run sed -i 's/VERSION = 1/VERSION = 2/' hello.py
  run bluegreen deploy
  run curl -s "http://localhost:$demo_port"
  run bluegreen -f compose.yaml status
  look_on
  tell "VERSION 2 was a mistake. BLUE still stands (retire: keep), so going back takes no start."
  run bluegreen rollback hello
  run curl -s "http://localhost:$demo_port"
  look_on
  load_stop
}

play_traffic() {
  title "Scene 2: every kind of client, a server that can serve them"
  cd "$demo_work/traffic" || return
  tell "Another project on the same machine, with an nginx of its own."
  run env RELEASE=1 bluegreen deploy
  tell "Keep-alive GETs and POSTs, a connection for each request, 2-second requests, slow uploads, websockets."
  load_start traffic "http://127.0.0.1:$demo_traffic_port" --who X-Served-By --rate 25 \
    --kinds get,connect,post,slow,upload,ws --post /echo --slow '/slow?ms=2000' --upload /upload --ws /ws --hold 1s
  look_on
  local release
  for release in 2 3; do
    tell "Version $release. The old environment is stopped when its last request has ended, not before."
    run env RELEASE=$release bluegreen deploy
    look_on
  done
  tell "Back to version 2. Its environment is gone (retire: remove is the default), its release is on record."
  run env RELEASE=3 bluegreen rollback web
  look_on
  run env RELEASE=3 bluegreen -f compose.yaml status
  load_stop
}

# One table for both scenes, then each scene's timeline, from the load's own reports.
show_results() {
  title "What the clients got"
  printf '%-9s %-40s %9s %9s %8s %8s\n' scene client sent ok failed "max ms"
  local scene
  for scene in hello traffic; do
    awk -v scene=$scene '
      BEGIN {
        words["get"] = "keep-alive GET"; words["post"] = "keep-alive POST"; words["connect"] = "a connection per request"
        words["slow"] = "2-second request"; words["upload"] = "slow upload (1 s)"; words["ws"] = "websocket, held for a second"
        words["all"] = "all"
      }
      $1 in words && NF == 11 { printf "%-9s %-40s %9d %9d %8d %8.0f\n", scene, words[$1], $2, $3, $4, $11 }
      /^failed: / { print "         " $0 }' "$demo_work/$scene.load"
  done
  for scene in hello traffic; do
    title "Who answered the requests that began at ...: $scene"
    sed -n '/^who answered/,$ { /^who answered/d; p }' "$demo_work/$scene.load"
  done
}
