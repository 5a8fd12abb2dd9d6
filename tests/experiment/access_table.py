"""Who may use which route, written down a second time: what a view declares must be what is here.

A line is: method, address, who ("anyone", "researcher", "admin", "guest", or the least role in the
study), and the scope that a token needs (pages take no token: "-").
"""

TABLE = """
GET    /                                                          anyone      -
GET    /sign-in                                                   anyone      -
POST   /sign-in                                                   anyone      -
POST   /sign-out                                                  anyone      -
GET    /open-account/<token:token>                                anyone      -
POST   /open-account/<token:token>                                anyone      -
GET    /open/<token:token>                                        anyone      -
POST   /open/<token:token>                                        anyone      -

GET    /account                                                   researcher  -
POST   /account/name                                              researcher  -
POST   /account/password                                          researcher  -
POST   /account/sessions/end                                      researcher  -
POST   /account/tokens                                            researcher  -
POST   /account/tokens/<token:api_token>/revoke                   researcher  -
GET    /api/v1/me                                                 researcher  read
PATCH  /api/v1/me                                                 researcher  admin
PUT    /api/v1/me/password                                        researcher  admin
GET    /api/v1/me/tokens                                          researcher  admin
POST   /api/v1/me/tokens                                          researcher  admin
DELETE /api/v1/me/tokens/<token:api_token>                        researcher  admin

GET    /researchers                                               admin       -
POST   /researchers                                               admin       -
GET    /researchers/<number:researcher>                           admin       -
POST   /researchers/<number:researcher>                           admin       -
POST   /researchers/<number:researcher>/disable                   admin       -
POST   /researchers/<number:researcher>/enable                    admin       -
POST   /researchers/<number:researcher>/link                      admin       -
GET    /record                                                    admin       -
GET    /record.csv                                                admin       -
GET    /api/v1/researchers                                        admin       admin
POST   /api/v1/researchers                                        admin       admin
PATCH  /api/v1/researchers/<number:researcher>                    admin       admin
POST   /api/v1/researchers/<number:researcher>/link               admin       admin
GET    /api/v1/record                                             admin       admin

GET    /studies/<slug:slug>/members                               viewer      -
POST   /studies/<slug:slug>/members                               owner       -
POST   /studies/<slug:slug>/members/<number:researcher>/role      owner       -
POST   /studies/<slug:slug>/members/<number:researcher>/remove    owner       -
GET    /studies/<slug:slug>/record                                owner       -
GET    /studies/<slug:slug>/record.csv                            owner       -
GET    /api/v1/studies/<slug:slug>/members                        viewer      read
POST   /api/v1/studies/<slug:slug>/members                        owner       admin
PATCH  /api/v1/studies/<slug:slug>/members/<number:researcher>    owner       admin
DELETE /api/v1/studies/<slug:slug>/members/<number:researcher>    owner       admin
GET    /api/v1/studies/<slug:slug>/record                         owner       admin

GET    /api/v1/jobs/<token:job>                                   researcher  read
POST   /api/v1/jobs/<token:job>/stop                              researcher  write

GET    /studies                                                   researcher  -
GET    /studies/new                                               researcher  -
POST   /studies/new                                               researcher  -
POST   /studies/preview                                           researcher  -
GET    /studies/<slug:slug>                                       viewer      -
GET    /studies/<slug:slug>/pages                                 viewer      -
GET    /studies/<slug:slug>/file.toml                             viewer      -
GET    /studies/<slug:slug>/edit                                  editor      -
POST   /studies/<slug:slug>/edit                                  editor      -
POST   /studies/<slug:slug>/open                                  editor      -
POST   /studies/<slug:slug>/pause                                 editor      -
POST   /studies/<slug:slug>/close                                 editor      -
POST   /studies/<slug:slug>/copy                                  editor      -
POST   /studies/<slug:slug>/share                                 editor      -
POST   /studies/<slug:slug>/labels                                editor      -
POST   /studies/<slug:slug>/delete                                owner       -

GET    /api/v1/studies                                            researcher  read
POST   /api/v1/studies                                            researcher  write
POST   /api/v1/studies/preview                                    researcher  write
GET    /api/v1/presets                                            researcher  read
GET    /api/v1/studies/<slug:slug>                                viewer      read
PATCH  /api/v1/studies/<slug:slug>                                editor      write
DELETE /api/v1/studies/<slug:slug>                                owner       write
GET    /api/v1/studies/<slug:slug>/file                           viewer      read
POST   /api/v1/studies/<slug:slug>/open                           editor      write
POST   /api/v1/studies/<slug:slug>/pause                          editor      write
POST   /api/v1/studies/<slug:slug>/close                          editor      write
POST   /api/v1/studies/<slug:slug>/copy                           editor      write
POST   /api/v1/studies/<slug:slug>/preview-link                   viewer      write
POST   /api/v1/studies/<slug:slug>/results-link                   editor      write
POST   /api/v1/studies/<slug:slug>/labels                         editor      people
GET    /image-sets                                                researcher  -
GET    /image-sets/<set_name:name>                                researcher  -
GET    /image-sets/<set_name:name>/thumbnails/<sha256:sha256>     researcher  -
POST   /image-sets/<set_name:name>/delete                         researcher  -
GET    /image-sets/new                                            researcher  -
POST   /image-sets/new                                            researcher  -
GET    /image-sets/uploads/<token:upload>                         researcher  -
POST   /image-sets/uploads/<token:upload>/files                   researcher  -
POST   /image-sets/uploads/<token:upload>/finish                  researcher  -
POST   /image-sets/uploads/<token:upload>/stop                    researcher  -
POST   /image-sets/uploads/<token:upload>/give-up                 researcher  -
POST   /image-sets/uploads/<token:upload>/stop                    researcher  -
GET    /image-sets/uploads/<token:upload>/refused.csv             researcher  -
GET    /api/v1/image-sets                                         researcher  read
GET    /api/v1/image-sets/<set_name:name>                         researcher  read
DELETE /api/v1/image-sets/<set_name:name>                         researcher  write
GET    /api/v1/image-sets/uploads                                 researcher  read
POST   /api/v1/image-sets/uploads                                 researcher  write
GET    /api/v1/image-sets/uploads/<token:upload>                  researcher  read
DELETE /api/v1/image-sets/uploads/<token:upload>                  researcher  write
GET    /api/v1/image-sets/uploads/<token:upload>/files            researcher  read
POST   /api/v1/image-sets/uploads/<token:upload>/files            researcher  write
PUT    /api/v1/image-sets/uploads/<token:upload>/files            researcher  write
PUT    /api/v1/image-sets/uploads/<token:upload>/files/<file_key:key>  researcher  write
POST   /api/v1/image-sets/uploads/<token:upload>/finish           researcher  write

GET    /studies/<slug:slug>/people                                viewer      -
POST   /studies/<slug:slug>/people/delete-previews                editor      -
GET    /studies/<slug:slug>/people/payments                       viewer      -
POST   /studies/<slug:slug>/people/payments                       editor      -
POST   /studies/<slug:slug>/people/statuses                       editor      -
POST   /studies/<slug:slug>/people/statuses/apply                 editor      -
GET    /studies/<slug:slug>/people/withdraw                       editor      -
POST   /studies/<slug:slug>/people/withdraw                       editor      -
GET    /studies/<slug:slug>/people/<public_id:participant>        viewer      -
POST   /studies/<slug:slug>/people/<public_id:participant>/exclude   editor   -
POST   /studies/<slug:slug>/people/<public_id:participant>/lift/<number:exclusion>   editor  -
POST   /studies/<slug:slug>/people/<public_id:participant>/again/<number:exclusion>  editor  -
POST   /studies/<slug:slug>/people/<public_id:participant>/identity  editor   -
POST   /studies/<slug:slug>/people/<public_id:participant>/erase  editor      -
POST   /studies/<slug:slug>/people/<public_id:participant>/delete editor      -
GET    /studies/<slug:slug>/people/<public_id:participant>/held   editor      -
POST   /studies/<slug:slug>/people/<public_id:participant>/held   editor      -
GET    /api/v1/studies/<slug:slug>/people  viewer  people
GET    /api/v1/studies/<slug:slug>/people/<public_id:participant>  viewer  people
POST   /api/v1/studies/<slug:slug>/people/<public_id:participant>/exclusions  editor  people
DELETE /api/v1/studies/<slug:slug>/people/<public_id:participant>/exclusions/<number:exclusion>  editor  people
POST   /api/v1/studies/<slug:slug>/people/<public_id:participant>/lifted/<number:exclusion>  editor  people
POST   /api/v1/studies/<slug:slug>/people/statuses  editor  people
GET    /api/v1/studies/<slug:slug>/people/payments  editor  people
POST   /api/v1/studies/<slug:slug>/people/find  editor  people
POST   /api/v1/studies/<slug:slug>/people/withdraw  editor  people
DELETE /api/v1/studies/<slug:slug>/people/<public_id:participant>  editor  people
DELETE /api/v1/studies/<slug:slug>/people/previews  editor  people
GET    /api/v1/studies/<slug:slug>/people/<public_id:participant>/identity  editor  people
DELETE /api/v1/studies/<slug:slug>/people/<public_id:participant>/identity  editor  people
GET    /api/v1/studies/<slug:slug>/people/<public_id:participant>/held  editor  people

GET    /studies/<slug:slug>/export                                viewer      -
POST   /studies/<slug:slug>/export                                editor      -
POST   /studies/<slug:slug>/export/<token:export>/stop            editor      -
GET    /studies/<slug:slug>/export/<token:export>/file            viewer      -
POST   /studies/<slug:slug>/export/<token:export>/delete          editor      -
GET    /api/v1/studies/<slug:slug>/exports                        viewer      export
POST   /api/v1/studies/<slug:slug>/exports                        editor      export
GET    /api/v1/studies/<slug:slug>/exports/<token:export>         viewer      export
GET    /api/v1/studies/<slug:slug>/exports/<token:export>/file    viewer      export
DELETE /api/v1/studies/<slug:slug>/exports/<token:export>         editor      export
GET    /api/v1/studies/<slug:slug>/method                         viewer      read

GET    /api/v1/studies/<slug:slug>/progress                       viewer      read
GET    /api/v1/studies/<slug:slug>/results                        viewer      read
GET    /api/v1/studies/<slug:slug>/images                         viewer      read
GET    /api/v1/studies/<slug:slug>/images.csv                     viewer      read


GET    /studies/<slug:slug>/models                                guest       -
POST   /studies/<slug:slug>/models/score                          editor      -
POST   /studies/<slug:slug>/models/report                         editor      -
POST   /studies/<slug:slug>/models/stop                           editor      -
POST   /studies/<slug:slug>/models/import                         editor      -
POST   /studies/<slug:slug>/models/delete                         editor      -
POST   /studies/<slug:slug>/blinding                              owner       -
GET    /api/v1/studies/<slug:slug>/models                         viewer      read
GET    /api/v1/studies/<slug:slug>/models/points                  guest       read
GET    /api/v1/studies/<slug:slug>/predictions                    viewer      read
POST   /api/v1/studies/<slug:slug>/predictions                    editor      write
DELETE /api/v1/studies/<slug:slug>/predictions                    editor      write
POST   /api/v1/studies/<slug:slug>/score                          editor      write
POST   /api/v1/studies/<slug:slug>/report                         editor      write
PUT    /api/v1/studies/<slug:slug>/blinding                       owner       write

GET    /results/<slug:slug>                                       guest       -
GET    /results/<slug:slug>/images                                guest       -
GET    /results/<slug:slug>/sequence                              guest       -
GET    /results/<slug:slug>/thumbnails/<sha256:sha256>.webp       guest       -
GET    /results/<slug:slug>/report                                guest       -
GET    /results/<slug:slug>/<table:name>                          guest       -
GET    /results/<slug:slug>/figures/<paper_figure:name>           guest       -
"""  # noqa: E501 (an address is one line)

# (method, address): (who, scope)
ROUTES: dict[tuple[str, str], tuple[str, str]] = {
    (method, address): (who, scope)
    for method, address, who, scope in (line.split() for line in TABLE.splitlines() if line)
}

# What every other route is: participants' pages and their game's, and what anybody may read.
PUBLIC = (
    r"/(?:s/.+|static/.+|consent/.+|withdrawn?|healthz|readyz|api/v1/openapi\.json|api/v1/runs/.+)"
)
