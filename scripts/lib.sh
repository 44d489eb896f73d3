# shellcheck shell=bash
# What the scripts share: where things are, how packages get installed, how the release program is built.
# The engine has its own file (engine.sh), and so have the images (images.sh).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root

say() { printf '==> %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# ensure_packages NAME...: installs those that are missing, and nothing else. A service that a package brings is not started.
ensure_packages() {
  local name missing=()
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "missing packages; install them with: sudo apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  local policy=/usr/sbin/policy-rc.d made_policy=
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    made_policy=yes
  fi
  local status=0
  apt_install "${missing[@]}" || { apt-get update -qq && apt_install "${missing[@]}"; } || status=$?
  [ -z "$made_policy" ] || rm -f $policy
  [ $status = 0 ] || die "cannot install ${missing[*]}; apt-get says why above"
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >&2
}

# build_release TARGET...: in build/release.
build_release() {
  ensure_build_packages g++
  say "building build/release"
  (cd "$root" && cmake --preset release --log-level=WARNING && cmake --build --preset release --target "$@") >&2
}

# build_preset NAME [TARGET...]: asan, tsan or fuzz, in build/NAME; what the preset's tests need, or these targets.
build_preset() {
  ensure_build_packages clang-19 libclang-rt-19-dev llvm-19 # llvm-19: names and lines in what they report
  say "building build/$1"
  (cd "$root" && cmake --preset "$1" --log-level=WARNING && cmake --build --preset "$1" ${2:+--target "${@:2}"}) >&2
}

# ensure_build_packages COMPILER...: and what the program is made of.
ensure_build_packages() {
  ensure_packages "$@" cmake ninja-build pkg-config libcurl4-openssl-dev libssl-dev libnghttp2-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev \
    libfmt-dev libgtest-dev libgmock-dev
}
