// The tabs a first visit opens with: the journey of a file, in order.

export interface Example {
  query: string;
  variables?: string;
}

/** Stands in the variables until the viewer's first project is known. */
export const PROJECT = 'PROJECT_ID';
const UPLOAD = 'UPLOAD_ID';

const whoAmI = `# Who the token belongs to, and its projects.
# Run it with Ctrl-Enter. The other tabs want a
# project's id: the first one is filled in.
query WhoAmI {
  viewer {
    user {
      name
      email
    }
    memberships {
      role
      organization {
        name
      }
    }
    projects(first: 20) {
      edges {
        node {
          id
          name
        }
      }
    }
  }
}
`;

const requestUpload = `# Ask for a door for one file. "sizeBytes" is its
# exact size: wc -c < suites.csv
# Then run the answer's "curl" in the file's folder.
mutation RequestUpload($input: RequestUploadInput!) {
  requestUpload(input: $input) {
    upload {
      id
      status
      deadlineAt
    }
    target {
      ... on PostTarget {
        curl
        expiresAt
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
`;

const watchUpload = `# Every step of one upload, the moment it happens.
# Put in the id that RequestUpload answered, start
# this, then send the file. It ends by itself.
subscription WatchUpload($uploadId: ID!) {
  uploadStatus(uploadId: $uploadId) {
    sequence
    status
    stage
    at
    progress {
      percent
      rowsRead
      rowsTotal
    }
    failure {
      code
      message
    }
    upload {
      filename
      counts {
        read
        created
        updated
        unchanged
        rejected
      }
    }
  }
}
`;

const listUploads = `# A project's newest uploads, and how each ended.
query ListUploads($projectId: ID!, $first: Int!) {
  uploads(projectId: $projectId, first: $first) {
    totalCount
    edges {
      node {
        id
        filename
        kind
        status
        stage
        uploadedAt
        counts {
          read
          created
          updated
          rejected
        }
        failure {
          code
          message
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

const listSuites = `# What came inside: a project's suite templates,
# each with the file and line that last set it.
query ListSuiteTemplates($projectId: ID!, $first: Int!) {
  suiteTemplates(projectId: $projectId, first: $first) {
    totalCount
    edges {
      node {
        code
        name
        suiteType
        bedrooms
        area
        areaUnit
        basePrice
        currency
        provenance {
          line
          upload {
            filename
          }
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

const page = json({ projectId: PROJECT, first: 20 });

export const EXAMPLES: Example[] = [
  { query: whoAmI },
  {
    query: requestUpload,
    // The last three are the defaults; GraphiQL would mark a non-null field without a value, default or not.
    variables: json({
      input: {
        projectId: PROJECT,
        filename: 'suites.csv',
        sizeBytes: 1024,
        mode: 'UPSERT',
        invalidRows: 'REJECT_FILE',
        dryRun: false,
      },
    }),
  },
  { query: watchUpload, variables: json({ uploadId: UPLOAD }) },
  { query: listUploads, variables: page },
  { query: listSuites, variables: page },
];

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
