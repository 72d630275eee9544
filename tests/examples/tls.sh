#!/usr/bin/env bash
# usage: tls.sh PROGRAM
# Runs the example of own TLS settings against OpenSSL's server, which asks for a certificate of the client's, with an
# authority and keys made for the occasion. It must trust, show and pin what it is told to, and refuse another key.
set -euo pipefail
program=$1
folder=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 1 -subj "/CN=tessera test" \
        -keyout ca.key -out ca.pem
}
# certificate NAME: its chain and key in NAME.pem.
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 1 -subj "/CN=$1" \
        -addext "subjectAltName=IP:127.0.0.1" -addext "basicConstraints=critical,CA:FALSE" \
        -CA ca.pem -CAkey ca.key -keyout "$1.key" -out "$1.crt"
    cat "$1.crt" "$1.key" >"$1.pem"
}
{ authority && certificate server && certificate client; } 2>made.log || { cat made.log >&2; exit 1; }
pin=$(openssl x509 -in server.crt -pubkey -noout | openssl pkey -pubin -outform DER | openssl sha256 -binary | base64)

mkdir v1
echo '{"object": "list", "data": [{"id": "told-in-private", "object": "model", "created": 0, "owned_by": "us"}]}' \
    >v1/models
openssl s_server -accept 127.0.0.1:0 -WWW -key server.key -cert server.crt -CAfile ca.pem -Verify 1 \
    -verify_return_error >log 2>&1 </dev/null &
server=$!
until grep -q '^ACCEPT ' log; do
    kill -0 $server 2>/dev/null || { cat log >&2; exit 1; }
    sleep 0.01
done
url=https://$(sed -n 's/^ACCEPT //p' log | head -n 1)

export CEREBRAS_API_KEY=any
test "$("$program" "$url" ca.pem client.pem "$pin")" = told-in-private
if "$program" "$url" ca.pem client.pem AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= 2>refusal; then
    echo "another key than the pinned one was taken" >&2
    exit 1
fi
