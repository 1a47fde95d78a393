import { directoryContract } from '../contracts/directory.ts'
import { identityCenterContract } from '../contracts/identity-center.ts'
import { organizationsContract } from '../contracts/organizations.ts'
import { openSimulatedWorld } from './simulated-world.ts'

identityCenterContract('the adapter on the simulated AWS', openSimulatedWorld)
directoryContract('the adapter on the simulated AWS', openSimulatedWorld)
organizationsContract('the adapter on the simulated AWS', openSimulatedWorld)
