"""The pages, one module each in `pages/`."""

from django.urls import path, re_path

from stack.web.pages import (
    account,
    health,
    home,
    ingest,
    jobs,
    lookup,
    objects,
    search,
    sign_in,
    sources,
    styleguide,
)

_OBJECT = r"^o/(?P<stix_type>[a-z][a-z0-9-]{1,249})/(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"

urlpatterns = [
    path("", home.show_home),
    path("search", search.show_search),
    re_path(r"^search\.(?P<form>json|csv)$", search.show_search),
    path("lookup", lookup.start_lookup),
    re_path(r"^lookup/(?P<lookup_id>[\w-]{6,22})$", lookup.show_lookup),
    re_path(r"^lookup/(?P<lookup_id>[\w-]{6,22})\.(?P<form>json|csv)$", lookup.show_lookup),
    re_path(_OBJECT + r"$", objects.show_object),
    re_path(_OBJECT + r"/(?P<tab>relations|sources|history|stix)$", objects.show_object),
    re_path(_OBJECT + r"/(?P<tab>relations|history)\.(?P<form>json|csv)$", objects.export_tab),
    re_path(_OBJECT + r"/stix\.json$", objects.download_stix),
    path("ingest", ingest.show_ingest),
    path("sources", sources.show_sources),
    re_path(r"^sources\.(?P<form>json|csv)$", sources.show_sources),
    path("sources/demo/remove", sources.remove_demonstration),
    path("sources/<int:source_id>/remove", sources.remove_source),
    path("jobs", jobs.show_jobs),
    re_path(r"^jobs\.(?P<form>json|csv)$", jobs.show_jobs),
    path("jobs/<int:job_id>", jobs.show_one),
    re_path(r"^jobs/(?P<job_id>\d{1,18})/errors\.(?P<form>json|csv)$", jobs.download_errors),
    path("jobs/<int:job_id>/cancel", jobs.cancel_job),
    path("jobs/<int:job_id>/retry", jobs.retry_job),
    path("account", account.show_account),
    path("account/password", account.change_password),
    path("account/keys", account.add_key),
    path("account/keys/<int:key_id>/revoke", account.remove_key),
    path("sign-in", sign_in.show_sign_in),
    path("sign-in/<str:token>", sign_in.follow_link),
    path("sign-out", sign_in.sign_out),
    path("styleguide", styleguide.show_styleguide),
    path("healthz", health.show_health),
    path("readyz", health.show_readiness),
]
