#!/bin/sh
# The whole story, told with the command line alone: a business sells time, a customer uses it up, the books are right.
#
#   creditclock serve &
#   CREDITCLOCK_URL=http://127.0.0.1:8400 CREDITCLOCK_OPERATOR_PASSWORD=… sh examples/story.sh
#
# With CREDITCLOCK_DATABASE set it ends by checking the books of that database. It can be run any number of times.
set -eu

: "${CREDITCLOCK_URL:?the server, such as http://127.0.0.1:8400}"
: "${CREDITCLOCK_OPERATOR_PASSWORD:?the password of the login operator}"
export CREDITCLOCK_URL
unset CREDITCLOCK_TOKEN CREDITCLOCK_PROFILE || true

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
export XDG_CONFIG_HOME="$folder"
umask 077

run=$(date +%s)-$$
password="a long story $run"

say() { printf '\n== %s\n' "$*"; }
# One value of a JSON document: value '["wallets"][0]'
value() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }

say "The operator makes a business"
printf '%s\n' "$CREDITCLOCK_OPERATOR_PASSWORD" | creditclock sign-in operator --password-stdin --profile operator
master=$(printf '%s\n' "$password" | creditclock --profile operator --json \
  master create --name "Story $run" --login "owner-$run" --password-stdin | value '["id"]')
creditclock --profile operator master get "$master"

say "Its owner signs in and makes a customer and a key for the business's own program"
printf '%s\n' "$password" | creditclock sign-in "owner-$run" --password-stdin --profile owner
printf '%s\n' "$password" | creditclock --profile owner --json \
  customer create --login "bob-$run" --name Bob --password-stdin > "$folder/customer"
customer=$(value '["id"]' < "$folder/customer")
wallet=$(value '["wallets"][0]' < "$folder/customer")
clock=$(value '["clocks"][0]' < "$folder/customer")
creditclock --profile owner --json app create --name "render farm" --kind secret --scopes sessions \
  | value '["key"]' > "$folder/key"
echo "customer $customer, key kept"

say "The customer pays 100.00 at the desk and buys 10 minutes"
creditclock --profile owner wallet top-up "$wallet" 100.00 --reference "receipt-$run"
creditclock --profile owner clock buy "$clock" --ms 10m

say "A second clock, with 3 seconds on it"
short=$(creditclock --profile owner --json clock create "$customer" | value '["id"]')
creditclock --profile owner clock buy "$short" --ms 3s

say "A real program runs on it until it is empty"
cat > "$folder/program" <<'PROGRAM'
trap 'date "+TERM came at %H:%M:%S, saving my work"; exit 0' TERM
date '+started at %H:%M:%S'
while :; do sleep 0.05; done
PROGRAM
status=0
creditclock --token-file "$folder/key" meter --clock "$short" -- sh "$folder/program" || status=$?
echo "exit code $status"
test "$status" -eq 124

say "The customer signs in and looks at what is left"
printf '%s\n' "$password" | creditclock sign-in "bob-$run" --master "$master" --password-stdin --profile bob
creditclock --profile bob clock get "$clock"

say "The statement of the wallet, the statement of the short clock, and its bill explained"
creditclock --profile bob wallet records "$wallet"
creditclock --profile bob clock records "$short"
session=$(creditclock --profile bob --json clock records "$short" \
  | value '["items"][0]["session"]')
creditclock --profile bob session explain "$session"

if [ -n "${CREDITCLOCK_DATABASE:-}" ]; then
  say "The books are right"
  creditclock check --database "$CREDITCLOCK_DATABASE"
fi
