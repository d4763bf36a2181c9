"""The records of the five powers of a compound's Party branch."""

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('communities', "0004_grids"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PowerRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('power', models.CharField(choices=[('decision', 'Decision'), ('proposal', 'Proposal'), ('personnel', 'Personnel'), ('supervision', 'Supervision'), ('appraisal', 'Appraisal')], max_length=12, verbose_name='power')),
                ('title', models.CharField(max_length=60, verbose_name='title')),
                ('text', models.TextField(blank=True, max_length=1000, verbose_name='text')),
                ('opened_on', models.DateField(verbose_name='begun')),
                ('opened_at', models.DateTimeField(verbose_name='entered')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('result', models.CharField(blank=True, choices=[('carried_out', 'Carried out'), ('adopted', 'Adopted'), ('partly', 'Adopted in part'), ('not_adopted', 'Not adopted'), ('chosen', 'Outcome recorded'), ('struck_off', 'Struck off'), ('used', 'Put to use'), ('ended', 'Ended early')], max_length=12, verbose_name='outcome')),
                ('closing_words', models.TextField(blank=True, max_length=1000, verbose_name='closing words')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='power_records', to='communities.compoundbranch', verbose_name='compound branch')),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('compound', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='power_records', to='communities.compound', verbose_name='compound')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undertaking', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='power_record', to='communities.undertaking', verbose_name='undertaking')),
            ],
            options={
                'verbose_name': 'power record',
                'verbose_name_plural': 'power records',
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=30, verbose_name='name')),
                ('passed', models.BooleanField(blank=True, null=True, verbose_name='passed the vetting')),
                ('opinion', models.CharField(blank=True, max_length=200, verbose_name='opinion')),
                ('chosen', models.BooleanField(blank=True, null=True, verbose_name='chosen')),
            ],
            options={
                'verbose_name': 'candidate',
                'verbose_name_plural': 'candidates',
            },
        ),
        migrations.CreateModel(
            name='Appraisal',
            fields=[
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='appraisal', serialize=False, to='communities.powerrecord')),
                ('of_whom', models.CharField(choices=[('firm', 'Property firm'), ('owners_body', "Owners' body"), ('grid_staff', 'Grid staff as a whole'), ('department', 'Department that reports in')], max_length=12, verbose_name='of whom')),
                ('name', models.CharField(max_length=60, verbose_name='name of the body')),
                ('period', models.CharField(max_length=40, verbose_name='period')),
                ('asked', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='forms handed out')),
                ('received', models.PositiveIntegerField(blank=True, null=True, verbose_name='forms received')),
                ('opinions', models.TextField(blank=True, max_length=1000, verbose_name='opinions')),
                ('summary', models.TextField(blank=True, max_length=1000, verbose_name='summary')),
                ('use', models.CharField(blank=True, choices=[('rating', 'Yearly rating of red property'), ('renewal', 'Advice to the owners on renewing the contract'), ('feedback', 'Feedback to the body itself')], max_length=10, verbose_name='use')),
            ],
            options={
                'verbose_name': 'appraisal',
                'verbose_name_plural': 'appraisals',
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='decision', serialize=False, to='communities.powerrecord')),
                ('met_on', models.DateField(blank=True, null=True, verbose_name='meeting')),
                ('attended', models.PositiveSmallIntegerField(default=0, verbose_name='attended')),
                ('in_favour', models.PositiveSmallIntegerField(default=0, verbose_name='in favour')),
                ('against', models.PositiveSmallIntegerField(default=0, verbose_name='against')),
                ('abstained', models.PositiveSmallIntegerField(default=0, verbose_name='abstained')),
                ('resolution', models.TextField(blank=True, max_length=1000, verbose_name='resolution')),
                ('notice_from', models.DateField(blank=True, null=True, verbose_name='notice from')),
                ('notice_until', models.DateField(blank=True, null=True, verbose_name='notice until')),
                ('remarks', models.PositiveSmallIntegerField(default=0, verbose_name='remarks received')),
                ('remarks_text', models.TextField(blank=True, max_length=1000, verbose_name='what they say')),
            ],
            options={
                'verbose_name': 'decision',
                'verbose_name_plural': 'decisions',
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='finding', serialize=False, to='communities.powerrecord')),
                ('of_whom', models.CharField(choices=[('firm', 'Property firm'), ('owners_body', "Owners' body"), ('other', 'Others')], max_length=12, verbose_name='of whom')),
                ('about', models.CharField(choices=[('accounts', 'Accounts'), ('repair_fund', 'Repair fund'), ('public_income', 'Public income'), ('service', 'Service'), ('other', 'Other')], max_length=15, verbose_name='about')),
                ('rechecked_on', models.DateField(blank=True, null=True, verbose_name='re-checked')),
                ('rechecks', models.PositiveSmallIntegerField(default=0, verbose_name='re-checks')),
            ],
            options={
                'verbose_name': 'finding',
                'verbose_name_plural': 'findings',
            },
        ),
        migrations.CreateModel(
            name='Nomination',
            fields=[
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='nomination', serialize=False, to='communities.powerrecord')),
                ('post', models.CharField(choices=[('owners_committee', "Owners' committee"), ('building_head', 'Building heads'), ('grid_staff', 'Grid staff'), ('cross_post', 'Cross-posts of branch, committee and firm')], max_length=20, verbose_name='post')),
                ('vetted_on', models.DateField(blank=True, null=True, verbose_name='vetted')),
                ('recommended_on', models.DateField(blank=True, null=True, verbose_name='recommended')),
                ('recommended_to', models.CharField(blank=True, max_length=60, verbose_name='recommended to')),
                ('chosen_on', models.DateField(blank=True, null=True, verbose_name='chosen on')),
                ('chosen_by', models.CharField(blank=True, choices=[('owners', "Elected by the owners' meeting"), ('residents', 'Put forward by the residents of the building'), ('community', 'Engaged by the community'), ('body', 'Decided by the body or firm itself')], max_length=12, verbose_name='who chose')),
            ],
            options={
                'verbose_name': 'nomination',
                'verbose_name_plural': 'nominations',
            },
        ),
        migrations.CreateModel(
            name='AppraisalScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('aspect', models.CharField(choices=[('service', 'Attitude and service'), ('cleanliness', 'Cleanliness and greenery'), ('repairs', 'Repairs in time'), ('safety', 'Order and safety'), ('openness', 'Openness of accounts')], max_length=12, verbose_name='aspect')),
                ('mean', models.DecimalField(decimal_places=1, max_digits=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='mean')),
                ('appraisal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scores', to='communities.appraisal')),
            ],
            options={
                'verbose_name': 'score',
                'verbose_name_plural': 'scores',
            },
        ),
        migrations.AddConstraint(
            model_name='appraisal',
            constraint=models.CheckConstraint(condition=models.Q(('received', None), ('received__lte', models.F('asked')), _connector='OR'), name='no_more_forms_received_than_asked', violation_error_message='More forms came back than were handed out.'),
        ),
        migrations.AddConstraint(
            model_name='appraisal',
            constraint=models.CheckConstraint(condition=models.Q(('summary', ''), ('received__isnull', False), _connector='OR'), name='summary_follows_scores'),
        ),
        migrations.AddConstraint(
            model_name='appraisal',
            constraint=models.CheckConstraint(condition=models.Q(('use', ''), models.Q(('summary', ''), _negated=True), _connector='OR'), name='use_follows_a_summary'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('attended__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('in_favour'), '+', models.F('against')), '+', models.F('abstained')))), name='no_more_votes_than_people', violation_error_message='There are more votes than people attended.'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('notice_from', None), ('notice_until', None)), ('notice_until__gte', models.F('notice_from')), _connector='OR'), name='notice_ends_after_it_begins', violation_error_message='The notice ends before it begins.'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('resolution', ''), ('met_on__isnull', False), _connector='OR'), name='resolution_follows_a_meeting'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('notice_from', None), models.Q(('resolution', ''), _negated=True), _connector='OR'), name='notice_follows_a_resolution'),
        ),
        migrations.AddConstraint(
            model_name='nomination',
            constraint=models.CheckConstraint(condition=models.Q(('recommended_on', None), ('vetted_on__isnull', False), _connector='OR'), name='recommended_after_vetting'),
        ),
        migrations.AddConstraint(
            model_name='nomination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('chosen_by', ''), ('chosen_on', None)), models.Q(('recommended_on__isnull', False), models.Q(('chosen_by', ''), _negated=True)), _connector='OR'), name='chosen_by_those_entitled_after_a_recommendation'),
        ),
        migrations.AddConstraint(
            model_name='nomination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('post', 'owners_committee'), _negated=True), ('chosen_by__in', ['', 'owners']), _connector='OR'), name='owners_committee_is_elected_by_the_owners', violation_error_message="Members of the owners' committee are elected by the owners only."),
        ),
        migrations.AddField(
            model_name='candidate',
            name='nomination',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='candidates', to='communities.nomination'),
        ),
        migrations.AddIndex(
            model_name='powerrecord',
            index=models.Index(fields=['compound', 'power', '-id'], name='power_of_compound'),
        ),
        migrations.AddIndex(
            model_name='powerrecord',
            index=models.Index(fields=['branch', '-id'], name='power_of_branch'),
        ),
        migrations.AddIndex(
            model_name='powerrecord',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['-id'], name='power_open'),
        ),
        migrations.AddConstraint(
            model_name='powerrecord',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None), ('result', '')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), models.Q(('result', ''), _negated=True)), _connector='OR'), name='closed_power_record_has_a_result'),
        ),
        migrations.AddConstraint(
            model_name='powerrecord',
            constraint=models.CheckConstraint(condition=models.Q(('undertaking', None), ('power__in', ['decision', 'proposal', 'supervision']), _connector='OR'), name='power_record_asks_only_where_somebody_must_act'),
        ),
        migrations.AddConstraint(
            model_name='powerrecord',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('power__in', ['proposal', 'supervision']), _negated=True), ('undertaking__isnull', False), _connector='OR'), name='proposal_and_finding_have_an_addressee', violation_error_message='Say who is to answer.'),
        ),
        migrations.AddConstraint(
            model_name='appraisalscore',
            constraint=models.UniqueConstraint(fields=('appraisal', 'aspect'), name='aspect_is_scored_once'),
        ),
        migrations.AddConstraint(
            model_name='appraisalscore',
            constraint=models.CheckConstraint(condition=models.Q(('mean__gte', 0), ('mean__lte', 100)), name='score_lies_between_nought_and_a_hundred', violation_error_message='A score lies between 0 and 100.'),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.UniqueConstraint(fields=('nomination', 'name'), name='candidate_is_nominated_once', violation_error_message='This name stands there twice.'),
        ),
    ]
