/** What AWS accepts as identifiers. */
export const accountIdPattern = /^\d{12}$/
export const instanceArnPattern = /^arn:aws(-[a-z]{1,5}){0,3}:sso:::instance\/(sso)?ins-[a-zA-Z0-9-.]{16}$/
export const permissionSetArnPattern =
  /^arn:aws(-[a-z]{1,5}){0,3}:sso:::permissionSet\/(sso)?ins-[a-zA-Z0-9-.]{16}\/ps-[a-zA-Z0-9-./]{16}$/
export const permissionSetNamePattern = /^[\w+=,.@-]{1,32}$/
export const principalIdPattern =
  /^([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$/
export const sessionDurationPattern = /^PT(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?$/
export const managedPolicyArnPattern = /^arn:aws(-[a-z]{1,5}){0,3}:iam::aws:policy\/[\w+=,.@/-]+$/
