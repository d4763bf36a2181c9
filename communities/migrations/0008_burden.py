"""Lists of community work, admission, asks; the figures of admission and the estimates of the portal's own steps."""

import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


# Minutes of one step of the portal: our estimates, editable; nobody has measured them yet
ESTIMATES = {
    "blow": 12,
    "sign_off": 3,
    "verify": 8,
    "complete": 6,
    "report": 15,
    "ask": 2,
    "registers": 5,
}


def seed(apps, schema_editor):
    apps.get_model("communities", "BurdenRules").objects.create(id=1)
    asks = apps.get_model("communities", "PortalAsk")
    asks.objects.bulk_create([asks(step=step, minutes=minutes) for step, minutes in ESTIMATES.items()])


class Migration(migrations.Migration):

    dependencies = [
        ('communities', "0007_check_ins"),
        ('divisions', '0001_initial'),
        ('organisations', '0003_compound_branches'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='from')),
                ('document', models.CharField(max_length=120, verbose_name='document')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
            ],
            options={
                'verbose_name': 'step of the lists',
                'verbose_name_plural': 'steps of the lists',
            },
        ),
        migrations.CreateModel(
            name='PortalAsk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('blow', 'Write a matter and blow the whistle'), ('sign_off', 'Sign off a whistle'), ('verify', 'Verify and rate what was done'), ('complete', 'Complete what was returned'), ('report', 'Report on an undertaking or a supervision notice'), ('ask', 'Record who asked for what, and refuse'), ('registers', 'Keep registers and records of communities')], max_length=12, unique=True, verbose_name='step')),
                ('minutes', models.DecimalField(decimal_places=1, max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='minutes each time')),
            ],
            options={
                'verbose_name': 'estimate of a step of the portal',
                'verbose_name_plural': "estimates of the portal's steps",
            },
        ),
        migrations.CreateModel(
            name='BurdenRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('longest_days', models.PositiveSmallIntegerField(default=731, validators=[django.core.validators.MinValueValidator(30)], verbose_name='longest admission, days')),
                ('usual_days', models.PositiveSmallIntegerField(default=365, validators=[django.core.validators.MinValueValidator(1)], verbose_name='usual admission, days')),
                ('warn_days', models.PositiveSmallIntegerField(default=30, verbose_name='warn so many days before an item lapses')),
                ('refused_days', models.PositiveSmallIntegerField(default=365, verbose_name='a refusal is recalled for so many days')),
                ('count_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1)], verbose_name='days the meter looks back')),
            ],
            options={
                'verbose_name': 'figures of admission',
                'verbose_name_plural': 'figures of admission',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='burden_rules_are_one_row'), models.CheckConstraint(condition=models.Q(('usual_days__lte', models.F('longest_days'))), name='usual_admission_is_not_the_longest')],
            },
        ),
        migrations.CreateModel(
            name='WorkItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True, verbose_name='number')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('kind', models.CharField(choices=[('by_law', 'Performed by law'), ('assistance', 'Assisted by law'), ('stamp', 'Stamp')], max_length=12, verbose_name='list')),
                ('legal_basis', models.CharField(blank=True, max_length=200, verbose_name='legal basis')),
                ('department', models.CharField(max_length=60, verbose_name='sponsoring department')),
                ('frequency', models.CharField(choices=[('once', 'Once'), ('daily', 'Every working day'), ('weekly', 'Weekly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly'), ('yearly', 'Yearly'), ('as_needed', 'As needed')], default='as_needed', max_length=10, verbose_name='frequency')),
                ('hours', models.DecimalField(decimal_places=1, default=Decimal('0'), help_text='Estimated hours of one community each time.', max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('999'))], verbose_name='hours a time')),
                ('resources', models.CharField(blank=True, max_length=200, verbose_name='money and people that come with it')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='last day')),
                ('approval_number', models.CharField(blank=True, max_length=60, verbose_name='document number')),
                ('exit_reason', models.CharField(blank=True, max_length=200, verbose_name='why it left the list')),
                ('search_text', models.TextField(blank=True, editable=False, verbose_name='search text')),
                ('scope', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='work_items', to='divisions.division', verbose_name='valid in')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='work_items', to='organisations.unit', verbose_name='the department in the portal')),
            ],
            options={
                'verbose_name': 'work item',
                'verbose_name_plural': 'work items',
            },
        ),
        migrations.CreateModel(
            name='Ask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_on', models.DateField(verbose_name='asked on')),
                ('asker', models.CharField(max_length=60, verbose_name='who asks')),
                ('title', models.CharField(max_length=80, verbose_name='what for')),
                ('means', models.CharField(choices=[('form', 'Form or table'), ('meeting', 'Meeting'), ('stamp', 'Stamp or certificate'), ('system', 'Entry into a system'), ('phone', 'Phone or chat group'), ('site', 'Work on site')], max_length=10, verbose_name='how')),
                ('hours', models.DecimalField(decimal_places=1, default=Decimal('1'), max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('999'))], verbose_name='hours it takes')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                ('refused_at', models.DateTimeField(blank=True, null=True, verbose_name='refused')),
                ('community', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asks', to='divisions.division', verbose_name='community')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('refused_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('repeats', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='again', to='communities.ask', verbose_name='repeats')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='asks', to='organisations.unit', verbose_name='the asking unit in the portal')),
                ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='asks', to='communities.workitem', verbose_name='item on the list')),
            ],
            options={
                'verbose_name': 'ask',
                'verbose_name_plural': 'asks',
            },
        ),
        migrations.CreateModel(
            name='AdmissionRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('text', models.TextField(max_length=1000, verbose_name='what communities are to do')),
                ('kind', models.CharField(choices=[('by_law', 'Performed by law'), ('assistance', 'Assisted by law'), ('stamp', 'Stamp')], default='assistance', max_length=12, verbose_name='list')),
                ('legal_basis', models.CharField(max_length=200, verbose_name='legal basis')),
                ('frequency', models.CharField(choices=[('once', 'Once'), ('daily', 'Every working day'), ('weekly', 'Weekly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly'), ('yearly', 'Yearly'), ('as_needed', 'As needed')], max_length=10, verbose_name='frequency')),
                ('hours', models.DecimalField(decimal_places=1, max_digits=5, verbose_name='hours a time')),
                ('means', models.CharField(blank=True, max_length=200, verbose_name='forms or system used')),
                ('resources', models.CharField(max_length=200, verbose_name='money and people that come with it')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(verbose_name='until')),
                ('applied_at', models.DateTimeField(verbose_name='applied')),
                ('outcome', models.CharField(blank=True, choices=[('admitted', 'Admitted'), ('refused', 'Refused'), ('returned', 'Returned for completion'), ('withdrawn', 'Withdrawn')], max_length=10, verbose_name='outcome')),
                ('reason', models.TextField(blank=True, max_length=500, verbose_name='reasons')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                ('applicant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='admission_requests', to='organisations.unit', verbose_name='applicant')),
                ('applied_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('scope', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='admission_requests', to='divisions.division', verbose_name='communities of')),
                ('undertaking', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='admission_request', to='communities.undertaking', verbose_name='undertaking')),
                ('item', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='request', to='communities.workitem', verbose_name='work item')),
                ('replaces', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='communities.workitem', verbose_name='replaces')),
            ],
            options={
                'verbose_name': 'admission request',
                'verbose_name_plural': 'admission requests',
            },
        ),
        migrations.AddIndex(
            model_name='workitem',
            index=models.Index(fields=['kind', 'valid_from', 'valid_to'], name='work_item_by_day'),
        ),
        migrations.AddConstraint(
            model_name='workitem',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='work_item_ends_after_it_begins', violation_error_message='The last day lies before the first.'),
        ),
        migrations.AddConstraint(
            model_name='workitem',
            constraint=models.CheckConstraint(condition=models.Q(('exit_reason', ''), ('valid_to__isnull', False), _connector='OR'), name='work_item_that_left_has_a_last_day', violation_error_message='An item that left the list has a last day.'),
        ),
        migrations.AddIndex(
            model_name='ask',
            index=models.Index(fields=['community', '-asked_on', '-id'], name='ask_of_community'),
        ),
        migrations.AddIndex(
            model_name='ask',
            index=models.Index(fields=['unit', '-id'], name='ask_of_unit'),
        ),
        migrations.AddConstraint(
            model_name='ask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refused_at', None), ('refused_by', None)), models.Q(('refused_at__isnull', False), ('refused_by__isnull', False)), _connector='OR'), name='ask_refused_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='ask',
            constraint=models.CheckConstraint(condition=models.Q(('repeats', models.F('id')), _negated=True), name='ask_does_not_repeat_itself'),
        ),
        migrations.AddIndex(
            model_name='admissionrequest',
            index=models.Index(fields=['scope', '-id'], name='admission_of_scope'),
        ),
        migrations.AddIndex(
            model_name='admissionrequest',
            index=models.Index(fields=['applicant', '-id'], name='admission_of_applicant'),
        ),
        migrations.AddConstraint(
            model_name='admissionrequest',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='admission_ends_after_it_begins', violation_error_message='The last day lies before the first.'),
        ),
        migrations.AddConstraint(
            model_name='admissionrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('outcome', ''), ('reason', '')), models.Q(models.Q(('outcome', ''), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='admission_decided_by_somebody_with_reasons'),
        ),
        migrations.AddConstraint(
            model_name='admissionrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('item__isnull', False), ('outcome', 'admitted')), models.Q(models.Q(('outcome', 'admitted'), _negated=True), ('item', None)), _connector='OR'), name='admitted_request_has_its_item'),
        ),
        migrations.AddConstraint(
            model_name='admissionrequest',
            constraint=models.CheckConstraint(condition=models.Q(('hours__gt', 0)), name='admission_takes_time', violation_error_message='Estimate the hours; nothing takes no time.'),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
