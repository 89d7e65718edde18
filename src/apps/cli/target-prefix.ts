/** First part of `X-Amz-Target`, by signing name. */
export const TARGET_PREFIX = Object.freeze({
  ecs: 'AmazonEC2ContainerServiceV20141113',
  ssm: 'AmazonSSM',
  kms: 'TrentService',
  logs: 'Logs_20140328',
  cloudtrail: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
} as const);
