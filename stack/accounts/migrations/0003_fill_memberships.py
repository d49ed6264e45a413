"""Everybody becomes a member of the organisation that they were in; keys act for that membership."""

from django.db import migrations


def fill_memberships(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    Membership = apps.get_model("accounts", "Membership")
    alias = schema_editor.connection.alias
    Membership.objects.using(alias).bulk_create(
        Membership(
            user_id=user.pk,
            organisation_id=user.organisation_id,
            role="platform-admin" if user.is_superuser else "analyst",
            tlp_ceiling=user.tlp_ceiling,
        )
        for user in User.objects.using(alias).all()
    )
    ApiKey = apps.get_model("accounts", "ApiKey")
    for key in ApiKey.objects.using(alias).select_related("user"):
        ApiKey.objects.using(alias).filter(pk=key.pk).update(organisation_id=key.user.organisation_id)
    User.objects.using(alias).update(is_superuser=False, is_staff=False)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_memberships")]

    operations = [migrations.RunPython(fill_memberships, migrations.RunPython.noop)]
