"""People of grids, what sinks to compounds, and the guard over buildings in grids."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# A grid, its buildings and their compounds lie in one community, and an ended grid holds no building. No plain
# constraint reaches across three tables; whoever writes locks the grid first, so that two cannot pass each other.
FORWARD = """
create function building_lies_in_a_grid_of_its_community() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'communities_building' then
        if new.grid_id is not null then
            perform 1 from communities_grid where id = new.grid_id for share;
        end if;
        if exists (
            select 1 from communities_grid g, communities_compound c
            where g.id = new.grid_id and c.id = new.compound_id
                and (g.community_id <> c.community_id or g.ended_on is not null)
        ) then
            raise exception 'A building lies in a grid of its own community that is in use.'
                using errcode = 'check_violation', constraint = 'building_and_grid_are_of_one_community';
        end if;
    elsif tg_table_name = 'communities_compound' then
        if exists (
            select 1 from communities_building b join communities_grid g on g.id = b.grid_id
            where b.compound_id = new.id and g.community_id <> new.community_id
        ) then
            raise exception 'Buildings of the compound lie in grids of another community.'
                using errcode = 'check_violation', constraint = 'building_and_grid_are_of_one_community';
        end if;
    elsif exists (
        select 1 from communities_building b join communities_compound c on c.id = b.compound_id
        where b.grid_id = new.id and (c.community_id <> new.community_id or new.ended_on is not null)
    ) then
        raise exception 'The grid has buildings.'
            using errcode = 'check_violation', constraint = 'building_and_grid_are_of_one_community';
    end if;
    return null;
end $$;
create trigger building_lies_in_a_grid_of_its_community
    after insert or update of grid_id, compound_id on communities_building
    for each row execute function building_lies_in_a_grid_of_its_community();
create trigger compound_keeps_the_community_of_its_grids after update of community_id on communities_compound
    for each row when (old.community_id <> new.community_id)
    execute function building_lies_in_a_grid_of_its_community();
create trigger grid_keeps_the_community_of_its_buildings after update of community_id, ended_on on communities_grid
    for each row when (old.community_id <> new.community_id or new.ended_on is not null)
    execute function building_lies_in_a_grid_of_its_community();
"""
BACKWARD = """
drop trigger building_lies_in_a_grid_of_its_community on communities_building;
drop trigger compound_keeps_the_community_of_its_grids on communities_compound;
drop trigger grid_keeps_the_community_of_its_buildings on communities_grid;
drop function building_lies_in_a_grid_of_its_community();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('communities', "0003_compounds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CompoundGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(2000), django.core.validators.MaxValueValidator(2100)], verbose_name='year')),
                ('kind', models.CharField(choices=[('work_funds', 'Work funds'), ('service_funds', 'Funds for serving the masses'), ('project_funds', 'Project funds'), ('service', 'Service')], max_length=15, verbose_name='kind')),
                ('title', models.CharField(max_length=60, verbose_name='what it is')),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='amount in yuan')),
                ('quantity', models.CharField(blank=True, max_length=40, verbose_name='how much')),
                ('source', models.CharField(max_length=60, verbose_name='from whom')),
                ('purpose', models.CharField(blank=True, max_length=200, verbose_name='what for')),
                ('compound', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='communities.compound', verbose_name='compound')),
            ],
            options={
                'verbose_name': 'funds or service of a compound',
                'verbose_name_plural': 'funds and services of compounds',
            },
        ),
        migrations.CreateModel(
            name='GrantUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('used_on', models.DateField(verbose_name='day')),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='amount in yuan')),
                ('text', models.CharField(max_length=200, verbose_name='used for')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='communities.compoundgrant', verbose_name='funds or service')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'use of funds or a service',
                'verbose_name_plural': 'uses of funds and services',
            },
        ),
        migrations.CreateModel(
            name='GridPost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('post', models.CharField(choices=[('head', 'Grid head'), ('supervisor', 'Grid supervisor'), ('enforcement', 'City enforcement'), ('community', 'Community worker'), ('sanitation', 'Sanitation worker'), ('police', 'Community police'), ('building_head', 'Building head'), ('volunteer', 'Volunteer'), ('property', 'Property firm'), ('other', 'Other')], max_length=15, verbose_name='post')),
                ('name', models.CharField(max_length=30, verbose_name='name')),
                ('unit_name', models.CharField(blank=True, max_length=60, verbose_name='unit')),
                ('phone_cipher', models.TextField(blank=True, verbose_name='phone')),
                ('full_time', models.BooleanField(default=False, verbose_name='full-time')),
                ('started_on', models.DateField(verbose_name='since')),
                ('ended_on', models.DateField(blank=True, null=True, verbose_name='last day')),
                ('search_text', models.TextField(blank=True, editable=False, verbose_name='search text')),
                ('building', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='heads', to='communities.building', verbose_name='building')),
                ('grid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='communities.grid', verbose_name='grid')),
            ],
            options={
                'verbose_name': 'person in a grid',
                'verbose_name_plural': 'people in grids',
            },
        ),
        migrations.AddConstraint(
            model_name='compoundgrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', None), ('kind', 'service')), models.Q(models.Q(('kind', 'service'), _negated=True), ('amount__gt', 0), ('amount__isnull', False)), _connector='OR'), name='funds_have_an_amount_and_services_none', violation_error_message='Funds need an amount in yuan; a service has a quantity instead.'),
        ),
        migrations.AddConstraint(
            model_name='compoundgrant',
            constraint=models.UniqueConstraint(fields=('compound', 'year', 'kind', 'title'), name='grant_is_entered_once_a_year', violation_error_message='The compound has this entry for the year already.'),
        ),
        migrations.AddConstraint(
            model_name='grantuse',
            constraint=models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gt', 0), _connector='OR'), name='grant_use_is_positive', violation_error_message='An amount is more than nothing.'),
        ),
        migrations.AddConstraint(
            model_name='gridpost',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on', None), ('post', 'head')), fields=('grid',), name='grid_has_one_head', violation_error_message='The grid has a head already.'),
        ),
        migrations.AddConstraint(
            model_name='gridpost',
            constraint=models.UniqueConstraint(condition=models.Q(('building', None), ('ended_on', None)), fields=('grid', 'post', 'name'), name='person_holds_a_grid_post_once', violation_error_message='This person holds the post in this grid already.'),
        ),
        migrations.AddConstraint(
            model_name='gridpost',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('building', 'name'), name='person_heads_a_building_once', violation_error_message='This person heads the building already.'),
        ),
        migrations.AddConstraint(
            model_name='gridpost',
            constraint=models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='grid_post_ends_after_it_begins', violation_error_message='The last day must not be before the first day.'),
        ),
        migrations.AddConstraint(
            model_name='gridpost',
            constraint=models.CheckConstraint(condition=models.Q(('building', None), ('post', 'building_head'), _connector='OR'), name='only_building_heads_have_a_building', violation_error_message='Only a building head has a building.'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
