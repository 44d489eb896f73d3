# shellcheck shell=bash
# The images that the demo and the tests need. `nginx` and `python:3`: what the engine has or can pull; else stand-ins made
# from Debian's packages, which are only downloaded and unpacked, never installed. All through engine_api (engine.sh).

# shellcheck disable=SC2154  # root: lib.sh
images_dir=$root/build/images
images_standins=()
readonly images_content_label=bluegreen.content

# images_ensure IMAGE pull|no-pull: IMAGE is nginx:latest or python:3.
images_ensure() {
  local image=$1 pull=$2 name=${1%:*} content
  content=$(cat "$root/scripts/images.sh" "$root/scripts/images/$name"/* | images_hash)
  if images_has "$image" && { ! images_is_standin "$image" || images_has_content "$image" "$content"; }; then return 0; fi
  if [ "$pull" = pull ] && images_pull "$image"; then return 0; fi
  local context
  context=$(images_new_context "$name")
  "images_fill_$name" "$context/root"
  images_build "$image" "$content" "$context"
  engine_is_private || images_standins+=("$image")
}

# images_make_test_server: bluegreen-test-server:1 to :5, which differ in the release name they answer.
images_make_test_server() {
  local program=$root/build/release/bluegreen-test-server context content release
  content=$(cat "$program" "$root/scripts/images/test-server/Dockerfile" | images_hash)
  images_has_content bluegreen-test-server:5 "$content" && return 0
  context=$(images_new_context test-server)
  install -D -m 755 "$program" "$context/root/bluegreen-test-server"
  mkdir -p "$context/root/etc" "$context/root/tmp"
  images_write_passwd "$context/root"
  for release in 1 2 3 4 5; do
    sed -i "s/^ENV RELEASE=.*/ENV RELEASE=$release/" "$context/Dockerfile"
    images_build "bluegreen-test-server:$release" "$content" "$context"
  done
}

# images_make_bench PROGRAM...: bluegreen-bench-PROGRAM, an image of an installed program; and bluegreen-bench-app:1 and :2, which
# an `nginx` must be there for.
images_make_bench() {
  local program context image content
  for program in "$@"; do
    content=$(cat "$(command -v "$program")" "$root/scripts/images/bench-proxy/Dockerfile" | images_hash)
    images_has_content "bluegreen-bench-$program" "$content" && continue
    context=$(images_new_context bench-proxy)
    mkdir -p "$context/root"/{run,tmp,root}
    images_write_passwd "$context/root"
    images_copy_program "$context/root" "$(command -v "$program")"
    images_build "bluegreen-bench-$program" "$content" "$context"
  done
  for image in bluegreen-bench-app:1 bluegreen-bench-app:2; do
    content=$(cat "$root/scripts/images/bench-app"/* | images_hash)
    images_has_content "$image" "$content" || images_build "$image" "$content" "$(images_new_context bench-app)"
  done
}

# images_remove_standins: an engine that is not ours does not keep an `nginx` that is not nginx's.
images_remove_standins() {
  local image
  for image in "${images_standins[@]}"; do engine_api DELETE "/images/$image" >/dev/null 2>&1 || true; done
  images_standins=()
}

images_has() { engine_api GET "/images/$1/json" >/dev/null 2>&1; }

images_has_content() { engine_api GET "/images/$1/json" 2>/dev/null | grep "\"$images_content_label\":\"$2\"" >/dev/null; }

images_is_standin() { engine_api GET "/images/$1/json" 2>/dev/null | grep "\"$images_content_label\":" >/dev/null; }

# Given up when nothing arrives for a while: there may be no way to a registry from here.
images_pull() {
  say "pulling $1"
  engine_api POST "/images/create?fromImage=${1%:*}&tag=${1#*:}" --speed-limit 1 --speed-time 20 --max-time 600 \
    >/dev/null 2>&1 || true
  images_has "$1" && ! images_is_standin "$1"
}

images_fill_nginx() {
  images_unpack "$1" nginx nginx-common libnginx-mod-stream libpcre2-8-0 libssl3 zlib1g libcrypt1 libc6 busybox-static
  mkdir -p "$1"/{run,tmp,var/log/nginx,var/lib/nginx,etc/nginx/conf.d}
  images_write_passwd "$1"
  ln -s /dev/stdout "$1/var/log/nginx/access.log"
  ln -s /dev/stderr "$1/var/log/nginx/error.log"
  rm -rf "$1/etc/nginx/sites-enabled" "$1/etc/nginx/modules-enabled"
  mkdir "$1/etc/nginx/modules-enabled" # the official image has stream built in
  printf 'load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n' >"$1/etc/nginx/modules-enabled/stream.conf"
  images_copy_program "$1" /usr/bin/curl # as in the official image: how an engine on another machine is asked
}

# images_copy_program DIRECTORY PROGRAM: this machine's own, with the libraries that it loads.
images_copy_program() {
  local file
  ensure_packages curl
  for file in "$2" $(ldd "$2" 2>/dev/null | grep -o '/[^ )]*'); do
    [ -e "$1$file" ] || install -D -m 755 "$(readlink -f "$file")" "$1$file"
  done
}

images_fill_python() {
  images_unpack "$1" python3.11-minimal libpython3.11-minimal libpython3.11-stdlib libexpat1 libssl3 libffi8 \
    libbz2-1.0 liblzma5 zlib1g libuuid1 libsqlite3-0 libcrypt1 libc6 media-types busybox-static
  mkdir -p "$1"/{run,tmp,root,usr/local/bin}
  images_write_passwd "$1"
  ln -s /usr/bin/python3.11 "$1/usr/local/bin/python3"
  ln -s /usr/bin/python3.11 "$1/usr/local/bin/python"
}

# An empty build context with the files of scripts/images/NAME; its path on stdout.
images_new_context() {
  local context=$images_dir/$1
  rm -rf "$context"
  mkdir -p "$context/root"
  cp "$root/scripts/images/$1"/* "$context/"
  printf '%s\n' "$context"
}

# images_unpack DIRECTORY PACKAGE...: downloads the packages (once) and unpacks them there, without what no container needs.
images_unpack() {
  local directory=$1 package
  shift
  mkdir -p "$images_dir/packages"
  images_download "$@" || { apt-get update -qq >&2 && images_download "$@"; } || die "cannot download: $*"
  for package in "$@"; do dpkg-deb -x "$(images_package_file "$package")" "$directory"; done
  rm -rf "$directory"/usr/share/{doc,man,locale,lintian,bash-completion} "$directory"/usr/lib/*/gconv
  "$directory/bin/busybox" --list | while read -r applet; do
    [ -e "$directory/bin/$applet" ] || ln -s /bin/busybox "$directory/bin/$applet"
  done
}

images_download() {
  local package missing=()
  for package in "$@"; do [ -n "$(images_package_file "$package")" ] || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "downloading ${missing[*]}"
  (cd "$images_dir/packages" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "${missing[@]}" >&2)
}

images_package_file() { find "$images_dir/packages" -name "$1_*.deb" | sort | tail -n 1; }

images_write_passwd() {
  mkdir -p "$1/etc"
  printf '%s\n' root:x:0:0:root:/root:/bin/sh nginx:x:101:101:nginx:/nonexistent:/bin/false \
    www-data:x:33:33:www-data:/var/www:/bin/false nobody:x:65534:65534:nobody:/nonexistent:/bin/false >"$1/etc/passwd"
  printf '%s\n' root:x:0: nginx:x:101: www-data:x:33: nogroup:x:65534: >"$1/etc/group"
  chmod 1777 "$1/tmp"
}

images_hash() { sha256sum | cut -c1-16; }

# images_build IMAGE CONTENT CONTEXT: through the engine's build API; CONTENT tells the next run what is in there.
images_build() {
  local image=$1 content=$2 context=$3 answer
  say "making the image $image"
  tar -C "$context/root" --owner 0 --group 0 --sort name --mtime @0 -cf "$context/root.tar" .
  answer=$(tar -C "$context" --exclude ./root -c . |
    engine_api POST "/build?t=$image&labels={\"$images_content_label\":\"$content\"}&rm=1&forcerm=1" \
      -H 'Content-Type: application/x-tar' --data-binary @-)
  ! grep -q '"errorDetail"' <<<"$answer" || die "cannot make the image $image: $answer"
}
