import {
  type ClusterLogin,
  LOGIN_VARIABLES,
  type LoginVariable,
  METHOD_VARIABLE,
  methodNamed,
  PLUGIN,
} from '../argocd/cluster-login.ts'

/** Lets kubectl print each Secret's name and its config, quoted on one line; the script keeps the config to itself. */
export const LOGINS_TEMPLATE =
  '{{range .items}}{{.metadata.name}}|{{with .data}}{{with .config}}{{printf "%q" (base64decode .)}}{{end}}{{end}}{{"\\n"}}{{end}}'

/**
 * `logins LISTING CLIENT-ID`: what each config says of its sign-in, in words that tell no value. A config is quoted as Go quotes, so that
 * its own quotation marks stand behind a backslash.
 */
export const LOGINS_SCRIPT = `
quote='\\"'

# value CONFIG KEY: the text that a config has for a key, empty without it
value() {
  case $1 in
    *"$quote$2$quote"*)
      rest=\${1#*"$quote$2$quote"}
      rest=\${rest#*"$quote"}
      printf '%s' "\${rest%%"$quote"*}"
      ;;
  esac
}

# logins LISTING CLIENT-ID
logins() {
  printf '%s\\n' "$1" | while IFS='|' read -r name config; do
    case $config in
      *${PLUGIN}"$quote"*"\${quote}azure$quote"* | *"\${quote}azure$quote"*${PLUGIN}"$quote"*) ;;
      *) continue ;;
    esac
    method=$(value "$config" ${METHOD_VARIABLE})
    case $method in
      '' | [sS][pP][nN] | [mM][sS][iI] | [wW]orkload[iI]dentity) ;;
      *) method=other ;;
    esac
    printf '%s|%s' "$name" "$method"
    for key in ${LOGIN_VARIABLES.join(' ')}; do
      case $config in *"$quote$key$quote"*) printf '|%s' "$key" ;; esac
    done
    if [ -n "$2" ] && [ "$(value "$config" AZURE_CLIENT_ID)" = "$2" ]; then printf '|ours'; fi
    printf '\\n'
  done
}
`

/** Reads what the script says. */
export const loginsIn = (text: string): ClusterLogin[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [secret = '', method, ...words] = line.split('|')
      const sets = new Set(LOGIN_VARIABLES.filter((name): name is LoginVariable => words.includes(name)))
      return { secret, method: methodNamed(method), sets, isOurs: words.includes('ours') }
    })
