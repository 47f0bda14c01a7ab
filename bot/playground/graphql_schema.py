"""The part of GitHub's public GraphQL schema that the stand-in answers, in GitHub's own words.

https://docs.github.com/graphql/overview/public-schema
"""

CONNECTIONS = (
    "CheckRun",
    "CheckSuite",
    "IssueComment",
    "Label",
    "PullRequest",
    "PullRequestCommit",
    "PullRequestReview",
    "PullRequestReviewComment",
    "PullRequestReviewThread",
    "PullRequestTimelineItems",
)
# The events of a timeline that are told, each by the name that REST gives it.
EVENTS = {
    "automatic_base_change_succeeded": "AutomaticBaseChangeSucceededEvent",
    "base_ref_changed": "BaseRefChangedEvent",
    "base_ref_force_pushed": "BaseRefForcePushedEvent",
    "head_ref_force_pushed": "HeadRefForcePushedEvent",
}
EVENT = "actor: Actor createdAt: DateTime! id: ID!"
PAGE = "after: String, before: String, first: Int, last: Int"

SDL = (
    """
scalar BigInt
scalar DateTime
scalar GitObjectID
scalar URI

enum CommentAuthorAssociation {
  COLLABORATOR CONTRIBUTOR FIRST_TIMER FIRST_TIME_CONTRIBUTOR MANNEQUIN MEMBER NONE OWNER
}
enum CheckConclusionState {
  ACTION_REQUIRED CANCELLED FAILURE NEUTRAL SKIPPED STALE STARTUP_FAILURE SUCCESS TIMED_OUT
}
enum CheckRunType { ALL LATEST }
enum CheckStatusState { COMPLETED IN_PROGRESS PENDING QUEUED REQUESTED WAITING }
enum DiffSide { LEFT RIGHT }
enum PullRequestReviewState { APPROVED CHANGES_REQUESTED COMMENTED DISMISSED PENDING }
enum PullRequestReviewThreadSubjectType { FILE LINE }
enum PullRequestState { CLOSED MERGED OPEN }
enum ReportedContentClassifiers { ABUSE DUPLICATE OFF_TOPIC OUTDATED RESOLVED SPAM }

interface Node { id: ID! }
interface Actor { login: String! url: URI! }
interface GitObject { id: ID! oid: GitObjectID! }
interface Labelable { labels(PAGE): LabelConnection }
interface Minimizable { isMinimized: Boolean! minimizedReason: String viewerCanMinimize: Boolean! }
interface Comment {
  author: Actor authorAssociation: CommentAuthorAssociation! body: String! createdAt: DateTime! id: ID!
  viewerDidAuthor: Boolean!
}

type Query {
  node(id: ID!): Node
  rateLimit(dryRun: Boolean = false): RateLimit
  repository(followRenames: Boolean = true, name: String!, owner: String!): Repository
  viewer: User!
}
type Mutation {
  addComment(input: AddCommentInput!): AddCommentPayload
  addLabelsToLabelable(input: AddLabelsToLabelableInput!): AddLabelsToLabelablePayload
  createLabel(input: CreateLabelInput!): CreateLabelPayload
  minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload
  removeLabelsFromLabelable(input: RemoveLabelsFromLabelableInput!): RemoveLabelsFromLabelablePayload
  unminimizeComment(input: UnminimizeCommentInput!): UnminimizeCommentPayload
  updateIssueComment(input: UpdateIssueCommentInput!): UpdateIssueCommentPayload
  updatePullRequestReviewComment(input: UpdatePullRequestReviewCommentInput!): UpdatePullRequestReviewCommentPayload
}
input AddCommentInput { body: String! clientMutationId: String subjectId: ID! }
type AddCommentPayload { clientMutationId: String commentEdge: IssueCommentEdge subject: Node }
input AddLabelsToLabelableInput { clientMutationId: String labelIds: [ID!]! labelableId: ID! }
type AddLabelsToLabelablePayload { clientMutationId: String labelable: Labelable }
input CreateLabelInput { clientMutationId: String color: String! description: String name: String! repositoryId: ID! }
type CreateLabelPayload { clientMutationId: String label: Label }
input MinimizeCommentInput { classifier: ReportedContentClassifiers! clientMutationId: String subjectId: ID! }
type MinimizeCommentPayload { clientMutationId: String minimizedComment: Minimizable }
input RemoveLabelsFromLabelableInput { clientMutationId: String labelIds: [ID!]! labelableId: ID! }
type RemoveLabelsFromLabelablePayload { clientMutationId: String labelable: Labelable }
input UnminimizeCommentInput { clientMutationId: String subjectId: ID! }
type UnminimizeCommentPayload { clientMutationId: String unminimizedComment: Minimizable }
input UpdateIssueCommentInput { body: String! clientMutationId: String id: ID! }
type UpdateIssueCommentPayload { clientMutationId: String issueComment: IssueComment }
input UpdatePullRequestReviewCommentInput { body: String! clientMutationId: String pullRequestReviewCommentId: ID! }
type UpdatePullRequestReviewCommentPayload {
  clientMutationId: String pullRequestReviewComment: PullRequestReviewComment
}
type IssueCommentEdge { cursor: String! node: IssueComment }
type RateLimit { cost: Int! limit: Int! remaining: Int! resetAt: DateTime! used: Int! }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

type User implements Actor & Node { databaseId: Int id: ID! login: String! url: URI! }
type Bot implements Actor & Node { databaseId: Int id: ID! login: String! url: URI! }
type Organization implements Actor & Node { databaseId: Int id: ID! login: String! url: URI! }

type Repository implements Node {
  databaseId: Int defaultBranchRef: Ref id: ID! name: String! nameWithOwner: String! url: URI!
  label(name: String!): Label
  labels(PAGE): LabelConnection
  object(expression: String, oid: GitObjectID): GitObject
  pullRequest(number: Int!): PullRequest
  pullRequests(PAGE, states: [PullRequestState!]): PullRequestConnection!
}
type Ref implements Node { id: ID! name: String! prefix: String! target: GitObject }
type Blob implements GitObject & Node {
  byteSize: Int! id: ID! isBinary: Boolean isTruncated: Boolean! oid: GitObjectID! text: String
}
type Commit implements GitObject & Node {
  checkSuites(PAGE, filterBy: CheckSuiteFilter): CheckSuiteConnection file(path: String!): TreeEntry
  id: ID! message: String! oid: GitObjectID! tree: Tree!
}
type Tree implements GitObject & Node { entries: [TreeEntry!] id: ID! oid: GitObjectID! }
type TreeEntry {
  mode: Int! name: String! object: GitObject oid: GitObjectID! path: String size: Int! type: String!
}
input CheckSuiteFilter { appId: Int checkName: String }
input CheckRunFilter { appId: Int checkName: String checkType: CheckRunType status: CheckStatusState }
type App implements Node { databaseId: Int id: ID! name: String! slug: String! }
type CheckSuite implements Node {
  app: App checkRuns(PAGE, filterBy: CheckRunFilter): CheckRunConnection databaseId: Int id: ID!
}
type CheckRun implements Node {
  conclusion: CheckConclusionState databaseId: Int externalId: String id: ID! name: String! status: CheckStatusState!
  summary: String title: String
}
type PullRequestCommit { commit: Commit! }
type Label implements Node { color: String! description: String id: ID! name: String! url: URI! }

type PullRequest implements Comment & Labelable & Node {
  author: Actor authorAssociation: CommentAuthorAssociation! baseRef: Ref baseRefName: String! baseRefOid: GitObjectID!
  body: String! changedFiles: Int! closed: Boolean! createdAt: DateTime! databaseId: Int headRefName: String!
  headRefOid: GitObjectID! headRepository: Repository
  id: ID! isCrossRepository: Boolean! isDraft: Boolean! merged: Boolean! number: Int!
  state: PullRequestState! title: String! updatedAt: DateTime! url: URI! viewerDidAuthor: Boolean!
  comments(PAGE): IssueCommentConnection!
  commits(PAGE): PullRequestCommitConnection!
  labels(PAGE): LabelConnection
  reviewThreads(PAGE): PullRequestReviewThreadConnection!
  reviews(PAGE, author: String, states: [PullRequestReviewState!]): PullRequestReviewConnection
  timelineItems(PAGE, itemTypes: [PullRequestTimelineItemsItemType!]): PullRequestTimelineItemsConnection!
}
type IssueComment implements Comment & Minimizable & Node {
  author: Actor authorAssociation: CommentAuthorAssociation! body: String! createdAt: DateTime! databaseId: Int
  fullDatabaseId: BigInt id: ID! isMinimized: Boolean! minimizedReason: String updatedAt: DateTime! url: URI!
  viewerCanMinimize: Boolean! viewerDidAuthor: Boolean!
}
type PullRequestReview implements Comment & Minimizable & Node {
  author: Actor authorAssociation: CommentAuthorAssociation! body: String! commit: Commit createdAt: DateTime!
  databaseId: Int fullDatabaseId: BigInt id: ID! isMinimized: Boolean! minimizedReason: String
  state: PullRequestReviewState! submittedAt: DateTime url: URI! viewerCanMinimize: Boolean! viewerDidAuthor: Boolean!
  comments(PAGE): PullRequestReviewCommentConnection!
}
type PullRequestReviewComment implements Comment & Minimizable & Node {
  author: Actor authorAssociation: CommentAuthorAssociation! body: String! commit: Commit createdAt: DateTime!
  databaseId: Int diffHunk: String! fullDatabaseId: BigInt id: ID! isMinimized: Boolean! line: Int
  minimizedReason: String originalCommit: Commit originalLine: Int originalStartLine: Int outdated: Boolean!
  path: String! pullRequestReview: PullRequestReview replyTo: PullRequestReviewComment startLine: Int
  subjectType: PullRequestReviewThreadSubjectType! updatedAt: DateTime! url: URI! viewerCanMinimize: Boolean!
  viewerDidAuthor: Boolean!
}
type PullRequestReviewThread implements Node {
  diffSide: DiffSide! id: ID! isCollapsed: Boolean! isOutdated: Boolean! isResolved: Boolean! line: Int
  originalLine: Int originalStartLine: Int path: String! startLine: Int startDiffSide: DiffSide
  subjectType: PullRequestReviewThreadSubjectType!
  comments(PAGE): PullRequestReviewCommentConnection!
}
""".replace("PAGE", PAGE)
    + "\n".join(
        f"type {name}Connection {{ nodes: [{name}] pageInfo: PageInfo! totalCount: Int! }}" for name in CONNECTIONS
    )
    + "\n"
    + "\n".join(f"type {name} implements Node {{ {EVENT} }}" for name in EVENTS.values())
    + f"\nunion PullRequestTimelineItems = {' | '.join(EVENTS.values())}"
    + f"\nenum PullRequestTimelineItemsItemType {{ {' '.join(f'{name.upper()}_EVENT' for name in EVENTS)} }}"
)
