"""The trail only grows: UPDATE, DELETE and TRUNCATE are refused by triggers.

TRUNCATE has a way out for test databases only: a session that sets `kunming_portal.allow_truncate`.
"""

from django.db import migrations

FORWARD = """
create function audit_trail_only_grows() returns trigger language plpgsql as $$
begin
    if tg_op = 'TRUNCATE' and current_setting('kunming_portal.allow_truncate', true) = 'on' then
        return null;
    end if;
    raise exception 'The audit trail only grows: % is refused.', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger audit_trail_only_grows before update or delete on audit_auditevent
    for each row execute function audit_trail_only_grows();
create trigger audit_trail_is_not_emptied before truncate on audit_auditevent
    for each statement execute function audit_trail_only_grows();
"""

BACKWARD = """
drop trigger audit_trail_is_not_emptied on audit_auditevent;
drop trigger audit_trail_only_grows on audit_auditevent;
drop function audit_trail_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
