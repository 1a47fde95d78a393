import type { Command, Option } from 'commander'

export const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

/** What may follow a command: `crosswalk map` is followed by `validate`, `fmt`, …, and by options. */
interface Place {
  /** Names after the program's own, joined by spaces; empty for the program itself. */
  path: string
  commands: readonly Command[]
  options: readonly Option[]
}

/** A script that completes every command and option of the program, made from the program itself. */
export function completionScript(shell: Shell, program: Command): string {
  const places = placesOf(program, '', program.options)
  switch (shell) {
    case 'bash':
      return bashScript(program.name(), places)
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(program.name(), places)}`
    case 'fish':
      return fishScript(program.name(), places)
  }
}

function placesOf(command: Command, path: string, globals: readonly Option[]): Place[] {
  const commands = command.createHelp().visibleCommands(command)
  const options = [...new Set([...command.options, ...globals])]
  const below = commands.flatMap((child) => placesOf(child, `${path} ${child.name()}`.trim(), globals))
  return [{ path, commands, options }, ...below]
}

function bashScript(name: string, places: readonly Place[]): string {
  const cases = places.map(({ path, commands, options }) => {
    const words = [...commands.map((child) => child.name()), ...options.map((option) => option.long ?? ''), '--help']
    return `    '${path}') words='${words.join(' ')}' ;;`
  })
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" place='' word words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$place $word" in
${places
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      '${spaced(path)}') place='${path}' ;;`)
  .join('\n')}
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}
`
}

/** The place before, a space and the next word: what the script compares with. */
function spaced(path: string): string {
  return path.includes(' ') ? path : ` ${path}`
}

function fishScript(name: string, places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const when = `-n '__fish_${name}_at "${path}"'`
    return [
      ...commands.map((child) => `complete -c ${name} -f ${when} -a ${child.name()} -d ${quoted(child.description())}`),
      ...options.map((option) => {
        const takes = option.required ? ' -r' : ''
        return `complete -c ${name} ${when} -l ${(option.long ?? '').slice(2)}${takes} -d ${quoted(option.description)}`
      }),
    ]
  })
  const paths = places.map(({ path }) => path).filter((path) => path !== '')
  return `function __fish_${name}_at
  set -l place
  for word in (commandline -opc)[2..-1]
    set -l next (string join ' ' $place $word)
    if contains -- "$next" ${paths.map(quoted).join(' ')}
      set place $next
    end
  end
  test "$place" = "$argv[1]"
end
${lines.join('\n')}
`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
