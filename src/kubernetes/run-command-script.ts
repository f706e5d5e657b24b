import { LOGINS_SCRIPT } from './run-command-logins.ts'

/** What run-command is told to run, always. */
export const COMMAND = 'sh ./run.sh'

/**
 * Carries out the numbered requests of its folder, one kubectl call each, and prints every reply between lines that begin with a
 * nonce, so that nothing an object says can pass for a reply. Built-ins of POSIX sh and kubectl alone: that is what the image of
 * `az aks command invoke` documents (https://learn.microsoft.com/azure/aks/access-private-cluster). All values come from files.
 *
 * A request is a file of lines: how its output is treated, then kubectl's arguments, one a line.
 * - `print`: standard output is the reply
 * - `discard`: the exit code is the reply; what the program prints on success, a token say, never leaves the pod. Up to eight of these run side
 *   by side, as much as fits into the pod: many of them try networks, and wait for those that do not answer
 * - `cluster-secrets`: the arguments list Secrets, a line each by `secrets.jsonpath`; the `config` of those whose server or target is
 *   wanted follows in a line of its own, unless it holds a password, a token or a key
 * - `cluster-logins`: the arguments list Secrets with their config; what it says of the sign-in follows each name in fixed words
 */
export const SCRIPT = `
read -r nonce <nonce
used=0
running=0
limit=480000

# reply NUMBER EXIT-CODE TEXT
reply() {
  used=$((used + \${#3}))
  if [ "$used" -gt "$limit" ] && [ "\${#3}" -ne "$used" ]; then
    used=$((used - \${#3}))
    printf '%s %s left\\n' "$nonce" "$1"
  elif [ "\${#3}" -gt "$limit" ]; then
    printf '%s %s too-large\\n' "$nonce" "$1"
  else
    printf '%s %s %s\\n%s\\n' "$nonce" "$1" "$2" "$3"
  fi
}

# contents FILE: its text, without cat
contents() {
  while IFS= read -r line || [ -n "$line" ]; do printf '%s\\n' "$line"; done <"$1"
}

# harmless CONFIG: holds nothing that must stay in the cluster
harmless() {
  case $1 in
    *password* | *Password* | *oken\\"* | *keyData* | *certData* | *ecret* | *SECRET* | *TOKEN\\"* | *PASSWORD*) return 1 ;;
  esac
}

# configs LISTING NAMESPACE: the lines of a listing, each wanted one with its config behind it
configs() {
  printf '%s\\n' "$1" | while IFS='|' read -r name server target rest; do
    printf '%s|%s|%s|%s\\n' "$name" "$server" "$target" "$rest"
    wanted=
    while IFS= read -r value; do
      if [ "$value" = "$server" ] || [ "$value" = "$target" ]; then wanted=yes; fi
    done <wanted
    if [ -n "$wanted" ]; then
      # Where there is no config the template fails, and kubectl prints the Secret whole.
      if config=$(kubectl get secret "$name" --namespace "$2" --output 'go-template={{.data.config | base64decode}}' 2>error) &&
        harmless "$config"; then
        printf '\\t'
        # Line breaks of JSON mean nothing, and would end the line here.
        printf '%s\\n' "$config" | while IFS= read -r line; do printf '%s ' "$line"; done
        printf '\\n'
      else
        printf '\\twithheld\\n'
      fi
    fi
  done
}

${LOGINS_SCRIPT}
for file in request-*; do
  number=\${file#request-}
  set --
  {
    read -r treatment
    while IFS= read -r argument; do set -- "$@" "$argument"; done
  } <"$file"
  if [ "$treatment" = discard ]; then
    { kubectl "$@" >/dev/null 2>"error-$number"; printf '%s\\n' "$?" >"code-$number"; } &
    running=$((running + 1))
    if [ "$running" -ge 8 ]; then wait; running=0; fi
    continue
  fi
  output=$(kubectl "$@" 2>error)
  code=$?
  if [ "$code" -ne 0 ]; then
    reply "$number" "$code" "$(contents error)"
  elif [ "$treatment" = cluster-secrets ]; then
    read -r namespace <namespace
    reply "$number" 0 "$(configs "$output" "$namespace")"
  elif [ "$treatment" = cluster-logins ]; then
    client=
    read -r client <client
    reply "$number" 0 "$(logins "$output" "$client")"
  else
    reply "$number" 0 "$output"
  fi
done
wait
for file in code-*; do
  if [ ! -e "$file" ]; then continue; fi
  number=\${file#code-}
  read -r code <"$file"
  if [ "$code" -ne 0 ]; then
    reply "$number" "$code" "$(contents "error-$number")"
  else
    reply "$number" 0 ''
  fi
done
printf '%s end\\n' "$nonce"
`
