/**
 * Who may read what: the one place that decides it. A field is decided by the type that has it, by whatever path it is
 * reached; `graphql/access.ts` holds every document against this before anything of it runs. A type, query or mutation
 * that is missing here keeps the gateway from starting. `admin` holds every scope, and no caller without a key or token
 * comes this far.
 */
// Spread, so that the formatter keeps the names in rows: one to a line the table would be too long to read.
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
      ...['product', 'products', 'salesSummary', 'recommend', 'recommendationOutcomes', 'models'],
    ],
    admin: ['apiKeys'],
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
    admin: ['createApiKey', 'revokeApiKey'],
  },

  subscriptions: {
    'customers:read': ['changes', 'customerChanged', 'segmentMembershipChanged'],
  },

  types: {
    // The caller, pages, money, errors and the rule language: they hold nothing about people.
    open: [
      ...['Viewer', 'PageInfo', 'Money'],
      ...['InvalidInputError', 'InvalidItemsError', 'InvalidItem', 'NotFoundError'],
      'IdentityConflictError',
      ...['SegmentRuleError', 'RuleProblem', 'SegmentCycleError', 'UnknownSegmentsError'],
      'AttributeDeclaredError',
      ...['SegmentInUseError', 'ClusterSetInUseError', 'ListInUseError'],
      ...['SegmentKeyTakenError', 'ClusterSetKeyTakenError', 'ListKeyTakenError', 'LookAlikeKeyTakenError'],
      'CampaignKeyTakenError',
      ...['SegmentLanguage', 'RuleAttribute', 'RuleCompletion', 'RuleCompletions', 'RuleFunction'],
      ...['RuleGroup', 'RuleNote', 'RuleOperator', 'RuleParameter'],
    ],

    'customers:read': [
      // One person, and all that is known of them.
      ...['AttributeDefinition', 'AttributeDefinitionConnection', 'AttributeDefinitionEdge'],
      ...['Customer', 'CustomerConnection', 'CustomerEdge', 'Identity', 'Consent', 'ConsentChange'],
      ...['IdentityConflict', 'IdentityConflictConnection', 'IdentityConflictEdge'],
      ...['Suppression', 'ConnectedCustomerConnection', 'ConnectedCustomerEdge', 'SimilarCustomer'],
      ...['Profile', 'CategoryShare', 'Interest', 'Rfm', 'Tag', 'Predictions', 'Eligibility', 'GateVerdict'],
      ...['Order', 'OrderConnection', 'OrderEdge', 'OrderLine', 'Event', 'EventConnection', 'EventEdge'],
      ...['Change', 'ChangeConnection', 'ChangeEdge'],
      // Groups of people; see `definitions` for what a writer reads of them.
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
      // Figures over people: a rule that one person alone follows makes each of them a figure of that person.
      ...['SegmentPreview', 'SegmentDifference', 'SegmentDistribution', 'DistributionBucket'],
      ...['SegmentGrowth', 'SegmentOverlap', 'AudiencePreview', 'GateCount', 'SalesSummary'],
      ...['ClusterAxis', 'ClusterCountScore', 'ClusterPoint', 'ClusterScatter', 'ClusterStability'],
      ...['ClusterTrait', 'TraitPreparation', 'LookAlikeLift', 'LookAlikeMethodResult', 'LookAlikeWeight'],
      // The catalogue, and what is learned from purchases.
      ...['Product', 'ProductConnection', 'ProductEdge', 'ProductKeyword'],
      ...['Recommendation', 'Reason', 'RecommendationOutcome', 'Model'],
    ],

    // Payloads: outcomes and counts. What else they hold is decided by its own type.
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
    admin: [...['ApiKey', 'ApiKeyConnection', 'ApiKeyEdge', 'CreateApiKeyPayload', 'RevokeApiKeyPayload']],
  },

  definitions: {
    // So that a writer learns that an identity stayed elsewhere, and not who has it.
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
    // Not the types that were seen, and how many carry it: those are figures over people.
    AttributeDefinition: {
      readableWith: 'customers:write',
      fields: ['key', 'type', 'label', 'description', 'values', 'isDeclared'],
    },
    CustomerList: {
      readableWith: 'segments:write',
      fields: ['id', 'key', 'name', 'description', 'createdAt', 'updatedAt', 'archivedAt'],
    },
    // Not `status` and `failure`: too few people for a computation would tell how many follow the filter.
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
    // Not `similar`, which is learned from purchases.
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
