#!/bin/sh
# Fetches snac, a microblog server in C, from Debian 13 into the folder $1 and prints where the program is. It comes from the
# mirror this machine uses, with lists kept apart, so that nothing is installed. The program runs on Debian 12 too.
set -eu
mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
cd "$1"
mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 '/debian/$'; }
mirror >/dev/null || apt-get -qq update >&2
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) trixie main" >sources.list
apart() {
	apt-get -qq -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$PWD/lists" -o Dir::Cache="$PWD/cache" -o APT::Sandbox::User=root "$@" >&2
}
apart update
apart download snac2
dpkg-deb -x snac2_*.deb .
echo "$PWD/usr/bin/snac"
