#!/usr/bin/env bash
# Run CI's commands as on a machine that isn't this one, and say of each how it went and how long it took.
#
#   scripts/clean_room.sh [TARGET…]      all of ci.yml's where none is named
#
# A user that was made a moment ago works in a clone of what is committed, with an empty environment and nothing on its
# path but what GitHub's runner has. The home of whoever calls it, what stands beside the checkout, mirrors of Terraform's
# providers and whatever lies in /tmp are hidden in a mount namespace of its own; HIDE names more folders. Only how packages are reached is handed on.
# Everything is gone at the end, processes included. It needs Linux and root. CI isn't set: where it is, Terraform's tests
# fail without the registry instead of saying so, and here it may be out of reach.
set -euo pipefail

# As on ubuntu-latest: Python, Node, Java, Terraform, Chrome, a compiler, and what every Ubuntu has.
tools=(
  bash sh dash env git make cc gcc g++ ld as ar node npm npx java terraform curl tar gzip gunzip unzip zip xz
  awk gawk mawk grep egrep fgrep sed find xargs diff cmp file which ps kill pgrep less hostname getconf
)
packages=(coreutils)
browsers=(google-chrome chromium chromium-browser)
of_packages='^((PIP|UV|NPM_CONFIG|npm_config)_|(SSL_CERT|NODE_EXTRA_CA|REQUESTS_CA|CURL_CA)|(https?|no)_proxy$|(HTTPS?|NO)_PROXY$)'

fail() { echo "$1" >&2; exit 1; }

# Make the folder that is the whole path.
lay_out_tools() { # FOLDER PYTHON
  local tool found
  mkdir -p "$1"
  while read -r tool; do
    found=$(command -v "$tool") && ln -sf "$found" "$1/$tool"
  done < <(printf '%s\n' "${tools[@]}"; for each in "${packages[@]}"; do dpkg -L "$each" | sed -n 's#^\(/usr\)\?/bin/##p'; done)
  for tool in "${browsers[@]}"; do
    if found=$(command -v "$tool"); then ln -sf "$found" "$1/google-chrome"; break; fi
  done
  for tool in python python3 python3.11; do ln -sf "$2/bin/python3.11" "$1/$tool"; done
}

# Print NAME=VALUE of what reaches packages, a line each.
how_packages_are_reached() {
  env | grep -E "$of_packages" | grep -v '^PIP_FIND_LINKS=' || true
  echo "npm_config_registry=$(cd / && npm config get registry)"
}

# Inside the namespaces: hide, then work as the user.
if [[ ${1:-} == --inside ]]; then
  shift
  room=$1 home=$2 user=$3 python=$4
  shift 4
  mkdir -p "$room/tmp" "$room/python"
  chmod 1777 "$room/tmp"
  # A Python may be built into the home that is hidden, and works where it was built alone.
  mount --bind "$python" "$room/python"
  mapfile -t hidden < "$room/hidden"
  mapfile -t handed_on < "$room/environment"
  cd "$home/heliograph"
  for folder in "${hidden[@]}"; do mount -t tmpfs -o mode=755 none "$folder"; done
  mkdir -p "$python"
  mount --bind "$room/python" "$python"
  mount --bind "$room/tmp" /tmp
  status=0
  for target in "$@"; do
    SECONDS=0
    if timeout 1800 setpriv --reuid="$user" --regid="$user" --init-groups env --ignore-environment \
      HOME="$home" USER="$user" LANG=C.UTF-8 PATH="$room/tools" "${handed_on[@]}" \
      make "$target" PYTHON=python > "$room/$target.log" 2>&1 < /dev/null; then
      said=works
    else
      said=FAILS status=1
    fi
    printf '%-16s %s in %d s\n' "$target" "$said" "$SECONDS"
    grep -E '^SKIPPED|^=+ .*(passed|failed|skipped|error).*=+$' "$room/$target.log" | sed 's/^/    /' || true
    if [[ $said == FAILS ]]; then grep -v '^SKIPPED' "$room/$target.log" | tail -n 60 | sed 's/^/    | /'; fi
  done
  exit "$status"
fi

[[ $(uname) == Linux && $(id -u) == 0 ]] || fail "the clean room needs Linux and root: it makes a user and hides folders"
python=$(python3.11 -c 'import sys; print(sys.base_prefix)') || fail "the clean room needs python3.11"
(($#)) || set -- environments lint test test-browser test-docs build scan lint-workflows audit test-cloud test-referee

root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
user=clean-room-$$
useradd --create-home "$user"
home=$(getent passwd "$user" | cut -d: -f6)
room=$home/room
inside=
leave() {
  [[ -z $inside ]] || kill -KILL "$inside" 2> /dev/null || true
  for _ in {1..50}; do ! pgrep -u "$user" > /dev/null || sleep 0.1; done
  userdel --remove "$user" 2> /dev/null
}
trap leave EXIT
trap 'exit 1' INT TERM HUP
mkdir -p "$room"
lay_out_tools "$room/tools" "$python"
how_packages_are_reached > "$room/environment"
{
  printf '%s\n' "$HOME"
  dirname "$root"
  find /opt /usr/local/share /usr/share /var/lib -maxdepth 3 -name registry.terraform.io -printf '%h\n' 2> /dev/null || true
  printf '%s\n' ${HIDE:-}
} | sed '/^$/d' > "$room/hidden"
git clone --quiet --no-hardlinks "$root" "$home/heliograph"
chown -R "$user:" "$home"
cp "$0" "$room/clean_room.sh"
unshare --mount --propagation private --pid --fork --mount-proc --kill-child \
  bash "$room/clean_room.sh" --inside "$room" "$home" "$user" "$python" "$@" &
inside=$!
wait "$inside"
