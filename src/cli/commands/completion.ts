import { Argument, type Command } from 'commander'
import type { Does } from '../cli.ts'
import { completionScript, shells } from '../completion-script.ts'
import { examples } from '../examples.ts'
import { exitCodes } from '../exit-codes.ts'

/** `completion`: what a shell needs to complete commands and options. */
export function completionCommand(parent: Command, does: Does): void {
  parent
    .command('completion')
    .description('Print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(shells))
    .addHelpText(
      'after',
      examples(
        'source <(crosswalk completion bash)',
        'source <(crosswalk completion zsh)',
        'crosswalk completion fish > ~/.config/fish/completions/crosswalk.fish',
      ),
    )
    .action(
      does(async ({ io }, _options: object, shell: (typeof shells)[number]) => {
        io.out(completionScript(shell, parent))
        return exitCodes.ok
      }),
    )
}
