"""The part of GitHub's public GraphQL schema that the stand-in answers, in GitHub's own words.

https://docs.github.com/graphql/overview/public-schema
"""

CONNECTIONS = ("IssueComment", "Label", "PullRequest", "PullRequestReview", "PullRequestReviewComment")
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
enum DiffSide { LEFT RIGHT }
enum PullRequestReviewState { APPROVED CHANGES_REQUESTED COMMENTED DISMISSED PENDING }
enum PullRequestReviewThreadSubjectType { FILE LINE }
enum PullRequestState { CLOSED MERGED OPEN }
enum ReportedContentClassifiers { ABUSE DUPLICATE OFF_TOPIC OUTDATED RESOLVED SPAM }

interface Node { id: ID! }
interface Actor { login: String! url: URI! }
interface GitObject { id: ID! oid: GitObjectID! }
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
type Mutation { minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload }
input MinimizeCommentInput { classifier: ReportedContentClassifiers! clientMutationId: String subjectId: ID! }
type MinimizeCommentPayload { clientMutationId: String minimizedComment: Minimizable }
type RateLimit { cost: Int! limit: Int! remaining: Int! resetAt: DateTime! used: Int! }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

type User implements Actor & Node { databaseId: Int id: ID! login: String! url: URI! }
type Bot implements Actor & Node { databaseId: Int id: ID! login: String! url: URI! }
type Organization implements Actor & Node { databaseId: Int id: ID! login: String! url: URI! }

type Repository implements Node {
  databaseId: Int defaultBranchRef: Ref id: ID! name: String! nameWithOwner: String! url: URI!
  labels(PAGE): LabelConnection
  object(expression: String, oid: GitObjectID): GitObject
  pullRequest(number: Int!): PullRequest
  pullRequests(PAGE, states: [PullRequestState!]): PullRequestConnection!
}
type Ref implements Node { id: ID! name: String! prefix: String! target: GitObject }
type Blob implements GitObject & Node {
  byteSize: Int! id: ID! isBinary: Boolean isTruncated: Boolean! oid: GitObjectID! text: String
}
type Commit implements GitObject & Node { id: ID! message: String! oid: GitObjectID! tree: Tree! }
type Tree implements GitObject & Node { id: ID! oid: GitObjectID! }
type Label implements Node { color: String! description: String id: ID! name: String! url: URI! }

type PullRequest implements Comment & Node {
  author: Actor authorAssociation: CommentAuthorAssociation! baseRef: Ref baseRefName: String! baseRefOid: GitObjectID!
  body: String! changedFiles: Int! closed: Boolean! createdAt: DateTime! databaseId: Int headRefName: String!
  headRefOid: GitObjectID! id: ID! isCrossRepository: Boolean! isDraft: Boolean! merged: Boolean! number: Int!
  state: PullRequestState! title: String! updatedAt: DateTime! url: URI! viewerDidAuthor: Boolean!
  comments(PAGE): IssueCommentConnection!
  labels(PAGE): LabelConnection
  reviewThreads(PAGE): PullRequestReviewThreadConnection!
  reviews(PAGE, author: String, states: [PullRequestReviewState!]): PullRequestReviewConnection
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
        f"type {name}Connection {{ nodes: [{name}] pageInfo: PageInfo! totalCount: Int! }}"
        for name in (*CONNECTIONS, "PullRequestReviewThread")
    )
)
