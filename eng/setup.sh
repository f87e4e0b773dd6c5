# Shared by ./collimate and ./test: finds or installs what is needed, builds what is out of date, and says so on stderr.
# Sourced with $root set to the repository. On a second start every step is a look at a few files: no process that
# takes long, no network.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
[ -n "${HOME:-}" ] || export HOME="$root/artifacts/home" DOTNET_CLI_HOME="$root/artifacts/home"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/collimate"

say() { printf 'collimate: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
any_file() { [ -e "$1" ]; } # called with a glob: true where it matched

# ---- the .NET SDK ------------------------------------------------------------------------------------------------

find_dotnet() {
  if ! command -v dotnet >/dev/null && [ -x "${DOTNET_ROOT:-$HOME/.dotnet}/dotnet" ]; then
    PATH="${DOTNET_ROOT:-$HOME/.dotnet}:$PATH"
  fi
  command -v dotnet >/dev/null ||
    die "the .NET SDK is missing: install version $(wanted_sdk) or newer of .NET 10 from https://dotnet.microsoft.com/download and start again."
}

wanted_sdk() { sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$root/global.json"; }

# Only asked before a build: starting the SDK takes longer than everything else here.
check_sdk() {
  (cd "$root" && dotnet --version >/dev/null 2>&1) && return
  local found
  found=$(dotnet --list-sdks 2>/dev/null | sed 's/ .*//' | paste -sd ' ')
  die "the .NET SDK $(wanted_sdk) or newer of .NET 10 is needed, found: ${found:-only a runtime}. Install it from https://dotnet.microsoft.com/download and start again."
}

# ---- system packages ---------------------------------------------------------------------------------------------

# Sets $torch_config to the CMake file of the libtorch to use, or to nothing.
find_torch() {
  torch_config=
  local folder
  if [ -n "${LIBTORCH:-}" ]; then
    [ -d "$LIBTORCH" ] || die "LIBTORCH is '$LIBTORCH', which is no folder. Set it to an unpacked libtorch zip or to the torch folder of a Python environment, or unset it."
    LIBTORCH=$(cd "$LIBTORCH" && pwd)
    for folder in "$LIBTORCH" "$LIBTORCH/libtorch" "$LIBTORCH/torch" "$LIBTORCH"/lib/python3*/site-packages/torch; do
      if [ -e "$folder/share/cmake/Torch/TorchConfig.cmake" ]; then
        export LIBTORCH="$folder"
        torch_config=$folder/share/cmake/Torch/TorchConfig.cmake
        return
      fi
    done
    die "LIBTORCH is '$LIBTORCH', but share/cmake/Torch/TorchConfig.cmake is not in it. Set it to the top of an unpacked libtorch zip or to the torch folder of a Python environment (.../site-packages/torch)."
  fi
  for folder in /usr/lib/*/cmake /usr/lib64/cmake /usr/share/cmake /usr/local/share/cmake /usr/local/lib/cmake; do
    [ ! -e "$folder/Torch/TorchConfig.cmake" ] || torch_config=$folder/Torch/TorchConfig.cmake
  done
}

has_emoji_font() {
  any_file /usr/share/fonts/*/noto/NotoColorEmoji* || any_file /usr/share/fonts/*/NotoColorEmoji* ||
    any_file /usr/share/fonts/*/*/NotoColorEmoji* || any_file "$HOME"/.local/share/fonts/NotoColorEmoji* ||
    { command -v fc-list >/dev/null && fc-list : family | grep -q 'Noto Color Emoji'; }
}

# Prints the Debian packages whose contents are absent. Contents are looked at, not package names, so that a cmake
# or a font from elsewhere counts too.
missing_packages() {
  if [ -z "${LIBTORCH:-}" ]; then
    [ -n "$torch_config" ] || echo libtorch-dev
    [ -e /usr/include/gloo/config.h ] || [ -e /usr/local/include/gloo/config.h ] || echo libgloo-dev
    any_file /usr/lib/*/openblas-*/libopenblas.so.0 || any_file /usr/lib/*/libopenblas.so.0 || any_file /usr/lib64/libopenblas* || echo libopenblas0-pthread
  fi
  command -v pkg-config >/dev/null || echo pkg-config
  { command -v pkg-config >/dev/null && pkg-config --exists vips; } || echo libvips-dev
  command -v cmake >/dev/null || echo cmake
  command -v make >/dev/null || command -v ninja >/dev/null || echo make
  command -v c++ >/dev/null || command -v g++ >/dev/null || echo g++
  has_emoji_font || echo fonts-noto-color-emoji
  [ -e /usr/share/unicode/cldr/common/annotations/en.xml ] || echo unicode-cldr-core
  [ -e /usr/share/unicode/emoji/emoji-test.txt ] || echo unicode-data
  [ -e /usr/share/wordnet/data.noun ] || echo wordnet-base
}

ensure_packages() {
  local missing as_root=
  missing=$(missing_packages | paste -sd ' ')
  [ -n "$missing" ] || return 0

  if ! command -v apt-get >/dev/null; then
    die "missing, by their Debian names: $missing. Install your system's packages of the same contents (for libtorch also: LIBTORCH=/path/to/libtorch) and start again."
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root="sudo -n"
    else
      die "missing packages. Run: sudo apt-get update && sudo apt-get install $missing    and start again."
    fi
  fi
  [ -z "${COLLIMATE_OFFLINE:-}" ] ||
    die "missing packages, and COLLIMATE_OFFLINE is set. Run: apt-get update && apt-get install $missing    and start again."

  mkdir -p "$cache"
  local log="$cache/install.log"
  say "installing $missing (once; a few minutes)"
  $as_root apt-get update >"$log" 2>&1 || say "apt-get update failed (see $log); trying with the lists there are"
  if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >>"$log" 2>&1; then
    tail -n 15 "$log" >&2
    die "apt-get could not install $missing; its words are above and in $log."
  fi
  hash -r
  find_torch
  missing=$(missing_packages | paste -sd ' ')
  [ -z "$missing" ] || die "apt-get installed everything, yet what $missing should bring is not there. See $log."
}

# The page's tests drive a browser and nothing else does: where it cannot be had they are skipped, and say so.
offer_browser() {
  local program
  [ -z "${COLLIMATE_CHROMIUM:-}" ] || return 0
  for program in chromium chromium-browser google-chrome; do
    ! command -v "$program" >/dev/null || return 0
  done
  [ -z "${COLLIMATE_OFFLINE:-}" ] && command -v apt-get >/dev/null || return 0
  local as_root= log="$cache/install-browser.log"
  [ "$(id -u)" -eq 0 ] || { sudo -n true 2>/dev/null && as_root="sudo -n"; } || return 0
  mkdir -p "$cache"
  say "installing chromium for the page's tests (once; a minute or two)"
  { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >"$log" 2>&1 ||
    say "chromium could not be installed (see $log); the page's tests will be skipped"
  hash -r
}

# ---- native libraries --------------------------------------------------------------------------------------------

# One folder for each pair of libtorch and sources, so that switching LIBTORCH or branches builds nothing twice.
native_folder() {
  local torch=${torch_config%/*}
  local key
  key=$({
    echo "$torch_config"
    cat "$torch/TorchConfigVersion.cmake"
    stat -Lc '%s %Y' "$torch_config" "${torch%/share/cmake/Torch}"/lib/libtorch_cpu.so "${torch%/cmake/Torch}"/libtorch_cpu.so 2>/dev/null
    pkg-config --modversion vips
    cd "$root/native" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  } | sha256sum)
  echo "$cache/native/${key:0:24}"
}

ensure_native() {
  local target
  target=$(native_folder)
  export COLLIMATE_NATIVE="$target"
  [ ! -e "$target/libcollimate_image.so" ] || return 0

  mkdir -p "$cache/native"
  exec 8>"$cache/native/lock"
  flock 8
  if [ ! -e "$target/libcollimate_image.so" ]; then
    say "building the native libraries for $torch_config (once; a minute or two)"
    local work log="$cache/native/build.log"
    work=$(mktemp -d "$cache/native/build.XXXXXX")
    if ! cmake -S "$root/native" -B "$work/build" -Wno-dev ${LIBTORCH:+"-DCMAKE_PREFIX_PATH=$LIBTORCH"} >"$log" 2>&1 ||
       ! cmake --build "$work/build" -j "$(nproc)" >>"$log" 2>&1; then
      rm -rf "$work"
      grep -iE -A 6 'error' "$log" | head -n 40 >&2 || tail -n 20 "$log" >&2
      die "the native libraries cannot be built; all of the compiler's words are in $log."
    fi
    mkdir "$work/done"
    cp "$work"/build/libcollimate_*.so "$work/done/"
    rm -rf "$target"
    mv -T "$work/done" "$target"
    rm -rf "$work"
  fi
  exec 8>&-
}

# ---- managed code ------------------------------------------------------------------------------------------------

# build_managed NAME PROJECT FOLDER...: builds PROJECT unless nothing in the folders is newer than the last build.
build_managed() {
  local name=$1 project=$2 stamp="$root/artifacts/.built-$1"
  shift 2
  up_to_date "$stamp" "$@" && return
  mkdir -p "$root/artifacts"
  exec 9>"$root/artifacts/.lock"
  flock 9
  if ! up_to_date "$stamp" "$@"; then
    check_sdk
    say "building $name (once)"
    local log="$root/artifacts/build-$name.log"
    touch "$stamp.new" # before the build: an edit during it counts as newer
    if ! (cd "$root" && dotnet build "$project" -c Release -v q -nodeReuse:false -p:UseSharedCompilation=false -clp:NoSummary) >"$log" 2>&1; then
      grep -E 'error|warn' "$log" | sort -u | head -n 12 >&2 || tail -n 20 "$log" >&2
      die "$name cannot be built; all of the compiler's words are in $log."
    fi
    mv "$stamp.new" "$stamp"
  fi
  exec 9>&-
}

up_to_date() {
  local stamp=$1
  shift
  [ -e "$stamp" ] && [ -z "$(cd "$root" && find "$@" global.json Directory.*.props -newer "$stamp" -print -quit)" ]
}

prepare() {
  find_dotnet
  find_torch
  ensure_packages
  ensure_native
}
