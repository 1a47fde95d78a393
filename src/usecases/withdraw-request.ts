import type { Actor } from '../core/authorization.ts'
import { CrosswalkError } from '../core/errors.ts'
import { type AccessRequest, moveTo } from '../core/request.ts'
import { appendAudit } from '../db/audit.ts'
import { lockRequest, saveRequest } from '../db/requests.ts'
import { transact } from '../db/transaction.ts'
import type { Deps } from './deps.ts'

/**
 * Takes back a request that nobody has decided yet. Requester and beneficiary may.
 *
 * @throws CrosswalkError `request_not_found`, `request_closed`, `not_allowed`
 */
export async function withdrawRequest(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  actor: Actor,
  requestId: string,
): Promise<AccessRequest> {
  return transact(db, async (trx) => {
    const request = await lockRequest(trx, requestId)
    if (actor.personId !== request.requesterId && actor.personId !== request.beneficiaryId) {
      throw new CrosswalkError(
        'not_allowed',
        `${requestId} is taken back by who asked for it or who would gain from it`,
      )
    }
    if (request.status !== 'pending') {
      throw new CrosswalkError(
        'request_closed',
        `request ${requestId} is ${request.status}; only a pending one is withdrawn`,
      )
    }
    const at = clock.now()
    const withdrawn = moveTo(request, 'withdrawn')
    await saveRequest(trx, withdrawn, at)
    await appendAudit(trx, {
      actor: actor.personId,
      action: 'request.withdrawn',
      subject: { kind: 'request', id: requestId },
      detail: { revision: request.revision, digest: request.digest },
      at,
    })
    return withdrawn
  })
}
