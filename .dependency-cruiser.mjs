/** Who may import whom. One entry a folder: what it may import besides itself; everything else is refused. */
const any =
  '^node_modules|^node:|^(crypto|fs|path|http|url|stream|util|os|child_process|events|timers|async_hooks|net|tty|readline)(/|$)'

const allowed = {
  'src/core': { own: ['src/core'], outside: ['^node:crypto$|^crypto$', '^node_modules/canonicalize'] },
  'src/files': { own: ['src/core', 'src/files'], outside: ['^node_modules/(yaml|zod)', '^(node:)?(fs|path)$'] },
  'src/ports.ts': { own: ['src/core'], outside: [] },
  'src/db': { own: ['src/core', 'src/db', 'migrations'], outside: [any] },
  migrations: { own: ['migrations'], outside: ['^node_modules/kysely'] },
  'src/usecases': {
    own: ['src/usecases', 'src/core', 'src/db', 'src/ports.ts', 'src/files'],
    outside: ['^(node:)?crypto$', '^node_modules/(pino|p-map)/'],
  },
  'src/reads': {
    own: ['src/reads', 'src/core', 'src/db', 'src/ports.ts', 'src/files'],
    outside: ['^node_modules/kysely'],
  },
  'src/aws': { own: ['src/aws', 'src/core', 'src/ports.ts'], outside: ['^node_modules/(@aws-sdk|@smithy|p-map)/'] },
  'src/simulator': { own: ['src/simulator', 'src/core/ids.ts'], outside: ['^(node:)?(http|crypto|timers|events|net)'] },
  'src/http': { own: ['src/http', 'src/usecases', 'src/reads', 'src/core', 'src/ports.ts'], outside: [any] },
  'src/api-client': { own: ['src/api-client', 'src/core'], outside: ['^node_modules/openapi-'] },
  'src/cli': {
    own: [
      'src/cli',
      'src/core',
      'src/files',
      'src/api-client',
      'src/compose.ts',
      'src/server.ts',
      'src/sandbox',
      'src/config.ts',
    ],
    outside: [any],
  },
  'src/jobs': {
    own: ['src/jobs', 'src/usecases', 'src/core', 'src/ports.ts'],
    outside: ['^node_modules/(pg-boss|pino)'],
  },
}

const escape = (path) => path.replaceAll('.', '\\.')
const starting = (path) => (path.endsWith('.ts') ? `^${escape(path)}$` : `^${escape(path)}/`)

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(allowed).map(([folder, { own, outside }]) => ({
      name: `${folder} imports only its own`,
      severity: 'error',
      from: { path: starting(folder) },
      to: { pathNot: [...own.map(starting), ...outside] },
    })),
    {
      name: 'only the entry points wire',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(server\\.ts|compose\\.ts|sandbox/|cli/)' },
      to: { path: '^src/(compose\\.ts|server\\.ts|sandbox/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
