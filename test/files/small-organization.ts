import type { FileTexts } from '../../src/files/mapping-files.ts'

/** A small sound organization. Tests name places in it by line and column, so lines are added at the end only. */
export const smallOrganization: FileTexts = {
  'organization.yaml': `schema: crosswalk/organization/v1
business_units:
  - {name: enterprise, title: Enterprise, owners: [omar]}
  - {name: banking, title: Banking, owners: [lee]}
accounts:
  - {alias: shared, id: "012345678901", business_unit: enterprise, kind: shared-services, phase: prod, managers: [omar, ines]}
  - {alias: dev, id: "111122223333", business_unit: banking, kind: runtime, phase: dev, managers: []}
  - {alias: prod, id: "444455556666", business_unit: banking, kind: runtime, phase: prod, managers: [ana, tom], tags: {tier: one}}
protection:
  groups: [break-glass*]
  permission_sets: [break-glass*, AWSReadOnlyAccess]
  accounts: []
seats:
  helpdesk: [hana]
  engineer: [eli]
  auditor: [audra]
  administrator: [root, second]
`,
  'roles.yaml': `schema: crosswalk/roles/v1
roles:
  - name: app-eng
    title: Application engineer
    responsibilities: [develop]
    exists_in: [kind:runtime]
    privileged_in: []
    permission_sets:
      - name: app-eng
        in: [kind:runtime]
        description: Develops
        session_duration: PT8H
        managed_policies: [arn:aws:iam::aws:policy/ReadOnlyAccess]
  - name: operations
    title: Operations
    responsibilities: [operate]
    exists_in: [all]
    privileged_in: [phase:prod]
    permission_sets:
      - name: operations-prod
        in: [phase:prod]
        description: Operates
        session_duration: PT1H
        inline_policy:
          Version: "2012-10-17"
          Statement:
            - {Sid: Scale, Effect: Allow, Action: autoscaling:SetDesiredCapacity, Resource: "*"}
            - {Sid: Fix, Effect: Allow, Action: [ecs:UpdateService], Resource: "*"}
      - name: operations-dev
        in: [phase:dev]
        description: Operates
        session_duration: PT8H
        customer_managed_policies: [{name: operate, path: /teams/}]
`,
  'policy.yaml': `schema: crosswalk/policy/v1
approvals:
  - {name: catalogue, change: [catalog], approvers: administrators, quorum: 1}
  - {name: privileged, change: [row, membership], privileged: true, approvers: account-managers, quorum: 2}
  - {name: joining, change: [membership], approvers: group-owner, quorum: 1}
  - {name: rows, change: [row], approvers: business-unit-owners, quorum: 1}
separation_of_duties:
  - {name: apart, roles: [app-eng, operations], accounts: phase:prod}
removals: {max_count: 5, max_share: 0.2}
reconcile: {mode: decided-removals, business_units: {banking: plan}}
requests: {expire_after_hours: 72}
plans: {expire_after_minutes: 30, snapshot_max_age_minutes: 10}
`,
  'groups.yaml': `schema: crosswalk/groups/v1
groups:
  - {name: app, id: "g-1", source: identity-store, business_unit: banking, owner: lee, description: Developers}
  - {name: ops, id: "g-2", source: identity-store, business_unit: banking, owner: tom, description: Operators}
  - {name: shared-ops, id: "g-3", source: identity-store, business_unit: enterprise, owner: omar, description: Operators}
`,
  'enterprise.yaml': `schema: crosswalk/mappings/v1
business_unit: enterprise
rows:
  - {group: shared-ops, role: operations, account: shared}
`,
  'banking.yaml': `schema: crosswalk/mappings/v1
business_unit: banking
rows:
  - {group: app, role: app-eng, account: dev}
  - {group: ops, role: operations, account: prod, until: 2027-03-31, ref: CHG-1, note: "on call", review: 90d}
  - {group: shared-ops, role: operations, accounts: "phase:prod", cross_bu: true}
`,
}

/** The small organization with one stretch of one file replaced. */
export function withChange(file: string, from: string, to: string): FileTexts {
  const text = smallOrganization[file] ?? ''
  if (text.split(from).length !== 2) throw new Error(`'${from}' should stand once in ${file}`)
  return { ...smallOrganization, [file]: text.replace(from, () => to) }
}
