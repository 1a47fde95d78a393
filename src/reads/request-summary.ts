import type { AccessRequest, RowChange } from '../core/request.ts'
import type { NameOf } from './names.ts'

/** What a request asks for, in one line: `sam joins pb-prod-operations until 2026-03-01T18:00:00.000Z`. */
export function summaryOf({ content }: Pick<AccessRequest, 'content'>, nameOf: NameOf): string {
  switch (content.kind) {
    case 'membership': {
      const verb = content.op === 'join' ? 'joins' : 'leaves'
      const end = content.endsAt === undefined ? '' : ` until ${content.endsAt}`
      return `${nameOf(content.personId)} ${verb} ${content.group}${end}`
    }
    case 'rows':
      return content.changes.map(wordsOfChange).join('; ')
    case 'grants': {
      const rows = [...new Set(content.grants.map((grant) => grant.rowId))].join(', ')
      const accounts = [...new Set(content.grants.map((grant) => grant.accountId))].join(', ')
      return `agree to what ${rows} came to reach in ${accounts}`
    }
    case 'catalog':
      return `change ${content.files.map((file) => file.name).join(', ')}`
  }
}

function wordsOfChange({ op, row }: RowChange): string {
  return `${op} ${row.group} as ${row.role} in ${row.target}`
}
