import { type ApprovalStep, approvalsNeeded } from '../core/approval.ts'
import { effectLines, effectsOf } from '../core/effect.ts'
import type { PersonId } from '../core/ids.ts'
import { excludedFrom, type RequestContent } from '../core/request.ts'
import { catalogAfter } from './catalog-change.ts'
import type { Table } from './table.ts'

export interface Question {
  content: RequestContent
  requesterId: PersonId
  beneficiaryId?: PersonId | undefined
  lastEditorId: PersonId
}

/**
 * What a request would do as the table stands, in words, and who must agree to that. Asked when it is shown, submitted,
 * decided and put in force.
 *
 * @throws CrosswalkError `approver_missing`, `file_invalid`, `digest_mismatch`
 */
export function answerQuestion(question: Question, table: Table): { effects: string[]; steps: ApprovalStep[] } {
  const { content, requesterId, beneficiaryId } = question
  const nextCatalog = content.kind === 'catalog' ? catalogAfter(content.files, table) : undefined
  const effects = effectsOf(content, { ...table, nextCatalog })
  const steps = approvalsNeeded({
    change: changeOf(content),
    effects,
    catalog: table.catalog,
    people: table.people,
    requesterId,
    beneficiaryId,
    groupId: content.kind === 'membership' ? content.groupId : undefined,
    excluded: excludedFrom(question),
  })
  return { effects: effectLines(effects), steps }
}

function changeOf(content: RequestContent): 'row' | 'membership' | 'catalog' {
  switch (content.kind) {
    case 'membership':
      return 'membership'
    case 'catalog':
      return 'catalog'
    case 'rows':
    case 'grants':
      return 'row'
  }
}
