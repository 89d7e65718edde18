#!/bin/sh
# Builds gangway-sandbox: native/build.sh [x64|arm64]... [--out DIRECTORY]; by default both, into native/prebuilt.
# The same compiler makes the same bytes. CC_x64 and CC_arm64 name other compilers.
# Debian: gcc, gcc-aarch64-linux-gnu.
set -eu
cd "$(dirname "$0")"

out=prebuilt
targets=
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2; shift ;;
    x64 | arm64) targets="$targets $1" ;;
    *) echo "usage: build.sh [x64|arm64]... [--out DIRECTORY]" >&2; exit 2 ;;
  esac
  shift
done

# The test of the committed programs computes the same: every .c and .h, in the order of their names.
sources=$(LC_ALL=C ls ./*.c ./*.h | LC_ALL=C sort)
sha256=$(cat $sources | sha256sum | cut -d ' ' -f 1)

for target in ${targets:-x64 arm64}; do
  case $target in
    x64) compiler=${CC_x64:-${CC:-gcc}} ;;
    arm64) compiler=${CC_arm64:-aarch64-linux-gnu-gcc} ;;
  esac
  if [ "$target" = arm64 ] && [ "$(uname -m)" = aarch64 ]; then compiler=${CC_arm64:-${CC:-gcc}}; fi
  mkdir -p "$out/linux-$target"
  # -fno-tree-loop-distribute-patterns: memcpy must not be compiled into a call of memcpy.
  "$compiler" -std=gnu11 -Os -Wall -Wextra -Werror -Wno-missing-field-initializers \
    -ffreestanding -fno-tree-loop-distribute-patterns -fno-stack-protector -fno-pie \
    -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -ffile-prefix-map="$PWD"=native \
    -DSOURCE_SHA256="\"$sha256\"" \
    -static -nostdlib -no-pie -s -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack \
    -o "$out/linux-$target/gangway-sandbox" ./*.c
  chmod 0755 "$out/linux-$target/gangway-sandbox"
done
