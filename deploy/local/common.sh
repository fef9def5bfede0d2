# What up, down and tests/run share: messages, packages, ports, and processes known by more than
# their number. Sourced, not run.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Refuses systems whose packages differ from those that lucid is built with.
require_debian_12() {
  local system
  # shellcheck source=/dev/null
  system=$(. /etc/os-release 2>/dev/null && printf '%s %s|%s' "${ID:-}" "${VERSION_ID:-}" \
    "${PRETTY_NAME:-}") || system='|an unknown system'
  [[ ${system%%|*} == 'debian 12' ]] ||
    die "lucid is built from the packages of Debian 12 (bookworm); this is ${system#*|}." \
      "Use a Debian 12 machine, virtual machine or container."
}

# The packages of the given lists that are not installed.
missing_packages() {
  local line name
  sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | while read -r line; do
    name=${line%%\?*}
    if [[ $line == *\?* ]] && command -v "${line#*\?}" >/dev/null; then continue; fi
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] ||
      printf '%s\n' "$name"
  done
}

# Installs what is missing of the given lists of packages.
install_packages() {
  local missing=()
  require_debian_12
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
}

# In a subshell, so that what it puts in place goes however it ends.
apt_install() (
  sudo=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
      die "these packages are missing and only root can install them: apt-get install $*"
    fi
    sudo=(sudo)
  fi
  say "Installing $# packages: $*"
  # Debian starts a server when its package is installed; lucid starts its own, so those stay off.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap '"${sudo[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
  fi
  apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  "${apt[@]}" -o APT::Update::Error-Mode=any update ||
    die "the package lists cannot be fetched (see above). Is there a network, and does /etc/apt" \
      "name a Debian 12 mirror? Missing packages: $*"
  "${apt[@]}" install -y --no-install-recommends "$@" ||
    die "the packages cannot be installed (see above): $*"
)

# Configures a build folder by a preset of CMakePresets.json, unless that is done already.
configure() {
  [[ $2/build.ninja -nt CMakePresets.json ]] || cmake --preset "$1" >/dev/null
}

# Whether something listens on a TCP port of this machine. An open port is found in the kernel's
# tables, so nothing needs to be installed and nothing is sent.
port_taken() { [[ -n $(port_inodes "$1") ]]; }

port_inodes() {
  local hex
  hex=$(printf ':%04X' "$1")
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }'
}

# "program (process 123)" that listens on a port.
port_holder() {
  local inode link pid
  for inode in $(port_inodes "$1"); do
    link=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null) || true
    [[ $link ]] || continue
    pid=${link#/proc/} && pid=${pid%%/*}
    printf '%s (process %s)' "$(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c1-80)" "$pid"
    return
  done
  printf 'a process of another user'
}

# When a process was started, in the kernel's ticks of this boot: a later process of the same number
# has another. "" when it is gone or only waits to be reaped.
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  read -r -a stat <<<"${stat##*) }"
  [[ ${stat[0]} == [ZX] ]] || printf '%s@%s' "${stat[19]}" "$(</proc/sys/kernel/random/boot_id)"
}

# Notes a process in a file, so that it can be known again.
note_process() { printf '%s %s\n' "$2" "$(start_time "$2")" >"$1"; }

# The number of the process noted in a file, if that very process still runs.
noted_process() {
  local pid='' started=''
  [[ ! -r $1 ]] || read -r pid started <"$1" || true
  if [[ -n $pid && -n $started && $(start_time "$pid") == "$started" ]]; then
    printf '%s' "$pid"
  fi
}

# Asks the process noted in a file to end, waits for it, and removes the note.
stop_noted() {
  local note=$1 pid tries
  pid=$(noted_process "$note")
  if [[ -n $pid ]]; then
    kill -TERM "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 400; ++tries)); do
      [[ -n $(noted_process "$note") ]] || break
      ((tries != 300)) || kill -KILL "$pid" 2>/dev/null || true
      sleep 0.1
    done
    [[ -z $(noted_process "$note") ]] || die "process $pid ($(basename "$note" .pid)) does not end"
  fi
  rm -f "$note"
}

# The processes of a data folder in the order in which they are started; they end in reverse.
processes=(redis tasks indicators cases publications gateway)

stop_all() {
  local i
  for ((i = ${#processes[@]} - 1; i >= 0; --i)); do
    stop_noted "$1/run/${processes[i]}.pid"
  done
}
