import { type Complaint, CrosswalkError } from './errors.ts'
import type { Hint } from './sensing.ts'

/** An event of AWS, reduced to where to look. */
export interface EventHint {
  eventId: string
  hint: Hint
}

type Part = Readonly<Record<string, unknown>>

/** What is called a record here: one of CloudTrail, bare or in the envelope of EventBridge. */
interface ListedRecord {
  at: string
  record: unknown
}

/**
 * Records out of a text: a record a line, or one JSON value that is a record, a list of them or CloudTrail's `{"Records": []}`.
 *
 * @throws CrosswalkError `input_invalid` with every bad line: nothing is taken over then
 */
export function recordsOfText(text: string): ListedRecord[] {
  const whole = parsed(text)
  if (whole) return recordsOf(whole.value)
  const complaints: Complaint[] = []
  const records = text.split('\n').flatMap((line, index): ListedRecord[] => {
    if (line.trim() === '') return []
    const at = `line ${index + 1}`
    const found = parsed(line)
    if (!found) complaints.push({ at, rule: 'event_json', message: 'it is not JSON' })
    return found ? [{ at, record: found.value }] : []
  })
  refuse(complaints)
  return records
}

/** Records out of one JSON value. */
export function recordsOf(value: unknown): ListedRecord[] {
  const list = Array.isArray(value)
    ? value
    : isPart(value) && Array.isArray(value['Records'])
      ? value['Records']
      : [value]
  return list.map((record: unknown, index) => ({ at: `record ${index + 1}`, record }))
}

/**
 * Where these records say to look. A record of something that grants nobody anything, or of a call that failed, says nothing. An
 * event is never believed: what is there is read.
 *
 * @throws CrosswalkError `input_invalid` with every record that is none: nothing is taken over then
 */
export function hintsOf(records: readonly ListedRecord[]): EventHint[] {
  const complaints: Complaint[] = []
  const hints = records.flatMap(({ at, record }): EventHint[] => {
    const event = eventOf(record)
    if (!event) {
      complaints.push({
        at,
        rule: 'event_record',
        message: 'it is no record of CloudTrail: eventID, eventSource, eventName',
      })
      return []
    }
    const hint = event.failed ? undefined : hintOf(event)
    return hint ? [{ eventId: event.id, hint }] : []
  })
  refuse(complaints)
  return hints
}

interface Event {
  id: string
  source: string
  name: string
  parameters: Part
  failed: boolean
}

function eventOf(record: unknown): Event | undefined {
  if (!isPart(record)) return undefined
  const detail = isPart(record['detail']) ? record['detail'] : record
  const [id, source, name] = [detail['eventID'] ?? record['id'], detail['eventSource'], detail['eventName']]
  if (typeof id !== 'string' || typeof source !== 'string' || typeof name !== 'string') return undefined
  const parameters = isPart(detail['requestParameters']) ? detail['requestParameters'] : {}
  return { id, source, name, parameters, failed: detail['errorCode'] !== undefined && detail['errorCode'] !== null }
}

const readOnly = /^(Get|List|Describe|Search|Lookup|Is|BatchGet)/

function hintOf({ source, name, parameters }: Event): Hint | undefined {
  if (readOnly.test(name)) return undefined
  const text = (key: string): string | undefined => {
    const value = parameters[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  if (source === 'organizations.amazonaws.com') return /Account/.test(name) ? { kind: 'accounts' } : undefined
  if (source === 'identitystore.amazonaws.com' || source === 'sso-directory.amazonaws.com') {
    const groupId = text('groupId')
    if (/Member/.test(name) && groupId !== undefined) return { kind: 'membership', groupId }
    return /User|Group|Member/.test(name) ? { kind: 'directory' } : undefined
  }
  if (source !== 'sso.amazonaws.com') return undefined
  // The console assigns by profiles, which name neither account nor permission set as the API does.
  if (/AccountAssignment$|^(Associate|Disassociate)Profile$/.test(name)) {
    const type = text('principalType') ?? text('accessorType')
    return {
      kind: 'assignment',
      accountId: text('targetId'),
      permissionSetArn: text('permissionSetArn'),
      principalType: type === 'GROUP' || type === 'USER' ? type : undefined,
      principalId: text('principalId') ?? text('accessorId'),
    }
  }
  return /PermissionSet|Profile/.test(name) ? { kind: 'permission-sets' } : undefined
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(complaints: readonly Complaint[]): void {
  if (complaints.length === 0) return
  const words = complaints.map(({ at, message }) => `${at}: ${message}`).join('; ')
  throw new CrosswalkError('input_invalid', `nothing is taken over: ${words}`, { complaints })
}
