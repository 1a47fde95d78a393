import { directoryContract } from '../contracts/directory.ts'
import { identityCenterContract } from '../contracts/identity-center.ts'
import { organizationsContract } from '../contracts/organizations.ts'
import { motoWorlds } from './moto-world.ts'

const url = process.env['MOTO_URL']
if (url === undefined) throw new Error('MOTO_URL names no moto server: npm run test:peers starts one')
const openMotoWorld = motoWorlds(url)

identityCenterContract('the adapter on moto', openMotoWorld, {
  differences: {
    settlesAtOnce: 'moto does the work before it answers',
    deletesAbsentSynchronously: 'moto answers ResourceNotFoundException, which AWS may do too',
    keepsTwins: 'moto adds a row for every call',
    forgetsCreations: 'moto looks a creation up among the assignments that are there',
    acceptsUnknownPrincipals: 'moto does not look principals up',
    acceptsUnknownTargets: 'moto looks up neither accounts nor permission sets',
    readsUnknownAsEmpty: 'moto filters its rows and looks nothing up',
    neverProvisions: 'moto provisions only on ProvisionPermissionSet',
    omitsGroupsOfUsers: 'moto compares the principal only',
    writesDefaultDurationOtherwise: 'moto writes the number 3600, where AWS writes PT1H',
  },
})

directoryContract('the adapter on moto', openMotoWorld, {
  differences: {
    keepsTwins: 'moto adds a membership for every call',
    readsUnknownAsEmpty: 'moto filters its memberships and looks no group up',
  },
})

organizationsContract('the adapter on moto', openMotoWorld, {
  differences: { closesAsSuspended: 'moto still closes accounts the way the retired Status shows it' },
})
