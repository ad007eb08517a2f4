/**
 * Access control: the only place that decides which scopes may read what. A field is decided by the type that has it,
 * on any path; `graphql/access.ts` checks every document against this table before it runs. A type, query or mutation
 * that is missing here prevents the start of the gateway. `admin` implies every scope, and callers without a key or
 * token are refused before.
 */
// Spread, so that the formatter keeps the names in rows: one to a line would be too long to read.
/* oxlint-disable unicorn/no-useless-spread */
import type { AccessTable } from '#graphql/access.ts';

export const accessTable: AccessTable = {
  queries: {
    open: ['viewer', 'segmentLanguage'],
    'customers:read': [
      ...['node', 'nodes', 'customer', 'customers', 'customerList', 'customerLists', 'attributeDefinitions'],
      ...['identityConflicts', 'changes'],
      ...['segment', 'segments', 'segmentPreview', 'segmentDifference'],
      ...['clusterSet', 'clusterSets', 'lookAlike', 'lookAlikes'],
      ...['campaign', 'campaigns', 'audiencePreview'],
      ...['orders', 'events', 'settledAt', 'customerExport'],
      ...[
        'product',
        'products',
        'salesSummary',
        'recommend',
        'rankProducts',
        'recommendationOutcomes',
        'models',
      ],
    ],
    admin: ['apiKeys', 'jobs', 'trackingRejects', 'trackingPlans', 'webhook', 'webhooks'],
  },

  mutations: {
    'customers:write': [
      ...['upsertCustomer', 'mergeCustomers', 'setCustomerAttributes', 'recordConsent'],
      ...['upsertCustomers', 'setCustomersAttributes', 'recordConsents'],
      ...['defineAttribute', 'updateAttributeDefinition', 'archiveAttributeDefinition'],
      ...['connectCustomers', 'disconnectCustomers', 'removeIdentities', 'resolveIdentityConflict'],
    ],
    ingest: ['recordOrders', 'cancelOrder', 'trackEvents', 'upsertProducts'],
    'segments:write': [
      ...['createSegment', 'updateSegment', 'duplicateSegment', 'archiveSegment'],
      ...['createCustomerList', 'updateCustomerList', 'duplicateCustomerList', 'archiveCustomerList'],
      ...['addToCustomerList', 'removeFromCustomerList', 'replaceCustomerListMembers'],
      ...['createClusterSet', 'updateClusterSet', 'duplicateClusterSet', 'archiveClusterSet'],
      ...['createLookAlike', 'updateLookAlike', 'duplicateLookAlike', 'archiveLookAlike'],
    ],
    'campaigns:write': [
      ...['createCampaign', 'updateCampaign', 'duplicateCampaign', 'archiveCampaign'],
      ...['suppressCustomer', 'unsuppressCustomer'],
    ],
    'customers:read': ['exportCustomers'],
    admin: [
      ...['createApiKey', 'revokeApiKey', 'retryJob', 'replayTrackingRejects'],
      ...['createWebhook', 'updateWebhook', 'archiveWebhook', 'pauseWebhook', 'resumeWebhook'],
      ...['setTrackingPlan', 'removeTrackingPlan'],
      ...['rotateWebhookSecret', 'testWebhook', 'replayWebhookDeliveries'],
    ],
  },

  subscriptions: {
    'customers:read': ['changes', 'customerChanged', 'segmentMembershipChanged', 'customerExportProgress'],
    admin: ['jobProgress'],
  },

  types: {
    // The caller, pages, money, errors and the rule language: they contain no customer data.
    open: [
      ...['Viewer', 'PageInfo', 'Money'],
      ...['InvalidInputError', 'InvalidItemsError', 'InvalidItem', 'NotFoundError'],
      'IdentityConflictError',
      ...['SegmentRuleError', 'RuleProblem', 'SegmentCycleError', 'UnknownSegmentsError'],
      'AttributeDeclaredError',
      ...['SegmentInUseError', 'ClusterSetInUseError', 'ListInUseError'],
      ...['SegmentKeyTakenError', 'ClusterSetKeyTakenError', 'ListKeyTakenError', 'LookAlikeKeyTakenError'],
      ...['CampaignKeyTakenError', 'WebhookKeyTakenError'],
      ...['SegmentLanguage', 'RuleAttribute', 'RuleCompletion', 'RuleCompletions', 'RuleFunction'],
      ...['RuleGroup', 'RuleNote', 'RuleOperator', 'RuleParameter'],
    ],

    'customers:read': [
      ...['CustomerExport', 'ExportCustomersPayload'],
      // One customer.
      ...['AttributeDefinition', 'AttributeDefinitionConnection', 'AttributeDefinitionEdge'],
      ...['Customer', 'CustomerConnection', 'CustomerEdge', 'Identity', 'Consent', 'ConsentChange'],
      ...['IdentityConflict', 'IdentityConflictConnection', 'IdentityConflictEdge'],
      ...['Suppression', 'ConnectedCustomerConnection', 'ConnectedCustomerEdge', 'SimilarCustomer'],
      ...['Profile', 'CategoryShare', 'Interest', 'Rfm', 'Tag', 'Predictions', 'Eligibility', 'GateVerdict'],
      ...['Order', 'OrderConnection', 'OrderEdge', 'OrderLine', 'Event', 'EventConnection', 'EventEdge'],
      ...['Change', 'ChangeConnection', 'ChangeEdge'],
      // Groups of customers; see `definitions` for the fields that a writer may read.
      ...['Segment', 'SegmentConnection', 'SegmentEdge', 'SegmentReason'],
      ...['SegmentMemberConnection', 'SegmentMemberEdge', 'SegmentPastMemberConnection'],
      ...['SegmentPastMemberEdge', 'SegmentMembershipConnection', 'SegmentMembershipEdge'],
      ...['MembershipInterval', 'MembershipIntervalConnection', 'MembershipIntervalEdge'],
      ...['CustomerList', 'CustomerListConnection', 'CustomerListEdge'],
      ...['CustomerListMemberConnection', 'CustomerListMemberEdge'],
      ...['ClusterSet', 'ClusterSetConnection', 'ClusterSetEdge', 'Cluster', 'CustomerCluster'],
      ...['ClusterMemberConnection', 'ClusterMemberEdge'],
      ...['LookAlike', 'LookAlikeConnection', 'LookAlikeEdge'],
      ...['LookAlikePeopleConnection', 'LookAlikePeopleEdge'],
      ...['Campaign', 'CampaignConnection', 'CampaignEdge', 'Audience', 'Cap'],
      ...['ReachedCustomerConnection', 'ReachedCustomerEdge'],
      // Figures over customers: a rule that matches one customer makes each of them a figure of that customer.
      ...['SegmentPreview', 'SegmentDifference', 'SegmentDistribution', 'DistributionBucket'],
      ...['SegmentGrowth', 'SegmentOverlap', 'AudiencePreview', 'GateCount', 'SalesSummary'],
      ...['ClusterAxis', 'ClusterCountScore', 'ClusterPoint', 'ClusterScatter', 'ClusterStability'],
      ...['ClusterTrait', 'TraitPreparation', 'LookAlikeLift', 'LookAlikeMethodResult', 'LookAlikeWeight'],
      // The catalogue, and models of purchases.
      ...['Product', 'ProductConnection', 'ProductEdge', 'ProductKeyword'],
      ...['Recommendation', 'RankedProduct', 'Reason', 'RecommendationOutcome', 'Model'],
    ],

    // Payloads: outcomes and counts. Their other fields are decided by their own types.
    'customers:write': [
      ...['UpsertCustomerPayload', 'MergeCustomersPayload', 'SetCustomerAttributesPayload'],
      ...['RecordConsentPayload', 'ConnectCustomersPayload', 'DisconnectCustomersPayload'],
      ...['UpsertCustomersPayload', 'CustomerUpsert', 'CustomerUpdate'],
      ...['SetCustomersAttributesPayload', 'RecordConsentsPayload'],
      ...['DefineAttributePayload', 'UpdateAttributeDefinitionPayload', 'ArchiveAttributeDefinitionPayload'],
      ...[
        'RemoveIdentitiesPayload',
        'ResolveIdentityConflictPayload',
        'ConflictingIdentity',
        'IgnoredIdentity',
      ],
    ],
    ingest: [
      ...['RecordOrdersPayload', 'OrderRecord', 'CancelOrderPayload', 'TrackEventsPayload', 'EventRecord'],
      ...['UpsertProductsPayload', 'ProductUpsert'],
    ],
    'segments:write': [
      ...['CreateSegmentPayload', 'UpdateSegmentPayload', 'DuplicateSegmentPayload', 'ArchiveSegmentPayload'],
      ...['CreateCustomerListPayload', 'UpdateCustomerListPayload', 'DuplicateCustomerListPayload'],
      ...['ArchiveCustomerListPayload', 'AddToCustomerListPayload', 'RemoveFromCustomerListPayload'],
      'ReplaceCustomerListMembersPayload',
      ...[
        'CreateClusterSetPayload',
        'UpdateClusterSetPayload',
        'DuplicateClusterSetPayload',
        'ArchiveClusterSetPayload',
      ],
      ...[
        'CreateLookAlikePayload',
        'UpdateLookAlikePayload',
        'DuplicateLookAlikePayload',
        'ArchiveLookAlikePayload',
      ],
    ],
    'campaigns:write': [
      ...[
        'CreateCampaignPayload',
        'UpdateCampaignPayload',
        'DuplicateCampaignPayload',
        'ArchiveCampaignPayload',
      ],
      ...['SuppressCustomerPayload', 'UnsuppressCustomerPayload'],
    ],
    admin: [
      ...['ApiKey', 'ApiKeyConnection', 'ApiKeyEdge', 'CreateApiKeyPayload', 'RevokeApiKeyPayload'],
      ...['TrackingReject', 'TrackingRejectConnection', 'TrackingRejectEdge', 'KeptTrackingReject'],
      ...['ReplayTrackingRejectsPayload', 'TrackingPlan', 'TrackingViolation'],
      ...['SetTrackingPlanPayload', 'RemoveTrackingPlanPayload'],
      ...['Job', 'JobConnection', 'JobEdge', 'RetryJobPayload'],
      ...['Webhook', 'WebhookConnection', 'WebhookEdge'],
      ...['WebhookDelivery', 'WebhookDeliveryConnection', 'WebhookDeliveryEdge'],
      ...['CreateWebhookPayload', 'UpdateWebhookPayload', 'ArchiveWebhookPayload'],
      ...['PauseWebhookPayload', 'ResumeWebhookPayload', 'RotateWebhookSecretPayload'],
      ...['TestWebhookPayload', 'ReplayWebhookDeliveriesPayload'],
    ],
  },

  definitions: {
    // A writer learns that an identity stayed with another customer, but not with whom.
    IdentityConflict: {
      readableWith: 'customers:write',
      fields: ['id', 'kind', 'source', 'reason', 'status', 'firstSeenAt', 'lastSeenAt', 'resolvedAt'],
    },
    Segment: {
      readableWith: 'segments:write',
      fields: [
        ...['id', 'key', 'name', 'description', 'createdAt', 'updatedAt', 'archivedAt'],
        ...['rule', 'ruleVersion', 'isTimeDriven', 'evaluatedAt'],
      ],
    },
    // Without the observed types and the number of customers: those are figures over customers.
    AttributeDefinition: {
      readableWith: 'customers:write',
      fields: ['key', 'type', 'label', 'description', 'values', 'isDeclared'],
    },
    CustomerList: {
      readableWith: 'segments:write',
      fields: ['id', 'key', 'name', 'description', 'createdAt', 'updatedAt', 'archivedAt'],
    },
    // Without `status` and `failure`: too few customers for a computation would reveal how many match the filter.
    ClusterSet: {
      readableWith: 'segments:write',
      fields: [
        ...['id', 'key', 'name', 'description', 'createdAt', 'updatedAt', 'archivedAt'],
        ...['algorithm', 'asOfOn', 'count', 'filter', 'linkage', 'metric', 'seed', 'traits'],
      ],
    },
    LookAlike: {
      readableWith: 'segments:write',
      fields: [
        ...['id', 'key', 'name', 'description', 'createdAt', 'updatedAt', 'archivedAt'],
        ...['filter', 'membershipRule', 'method', 'seedSegment', 'traits'],
      ],
    },
    Campaign: {
      readableWith: 'campaigns:write',
      fields: [
        ...['id', 'key', 'name', 'createdAt', 'updatedAt', 'archivedAt'],
        ...['audience', 'cap', 'channel', 'content', 'holdoutShare', 'purpose'],
      ],
    },
    Audience: {
      readableWith: 'campaigns:write',
      fields: ['includeSegments', 'excludeSegments', 'rule', 'rankBy', 'limit'],
    },
    Cap: { readableWith: 'campaigns:write', fields: ['count', 'days'] },
    // Without `similar`, which is derived from purchases.
    Product: {
      readableWith: 'ingest',
      fields: [
        ...['id', 'sku', 'name', 'description', 'brand', 'category', 'keywords', 'kind', 'attributes'],
        ...['imageUrl', 'price', 'stock', 'isAvailable', 'createdAt', 'updatedAt', 'archivedAt'],
      ],
    },
    ProductKeyword: { readableWith: 'ingest', fields: ['keyword', 'weight'] },
  },

  masked: {
    Customer: ['displayName', 'email', 'phone', 'address', 'attributes'],
    Identity: ['value'],
    Consent: ['proof'],
    ConsentChange: ['proof'],
  },
};
