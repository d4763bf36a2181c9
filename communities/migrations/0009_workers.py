"""Community workers, their schemes of points, grades and pay; the default scheme (proposals, editable)."""

from datetime import date

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# code, name, base pay of the default bands. Names after S19 (domain.md §3.3)
POSTS = [
    ("full_time", "专职委员", 3400),
    ("deputy", "副职", 3900),
    ("chief", "正职", 4500),
    ("both", "书记主任“一肩挑”", 5040),
]
# source, value, points of one, at most
RULES = [
    ("service", "", "1.5", "30"),
    ("education", "secondary", "4", None),
    ("education", "college", "8", None),
    ("education", "bachelor", "12", None),
    ("education", "master", "16", None),
    ("title", "junior", "5", None),
    ("title", "intermediate", "10", None),
    ("title", "senior", "15", None),
    ("honour", "county", "2", "8"),
    ("honour", "city", "4", "12"),
    ("honour", "province", "6", "12"),
    ("honour", "nation", "8", "16"),
    ("appraisal", "excellent", "3", "18"),
    ("appraisal", "competent", "1", "10"),
]
# name, from points, bonus; the highest band is 5,040 + 2,500 = 7,540 yuan, five insurances included [ART, S18]
GRADES = [
    ("一级", 0, 100),
    ("二级", 10, 300),
    ("三级", 18, 500),
    ("四级", 26, 700),
    ("五级", 34, 950),
    ("六级", 42, 1200),
    ("七级", 50, 1500),
    ("八级", 58, 1800),
    ("九级", 66, 2100),
    ("十级", 76, 2500),
]


def seed(apps, schema_editor):
    """Write the default scheme: a proposal, editable; only the lowest bonus and the highest pay have a source."""

    def model(name):
        return apps.get_model("communities", name).objects

    posts = [
        model("PostClass").create(code=code, name=name, position=place)
        for place, (code, name, _base) in enumerate(POSTS)
    ]
    scheme = model("WorkerScheme").create(
        name="默认方案（建议值）",
        basis="建议值，不是昆明市正式标准；最低等级每月奖励不低于100元见2019年报道。",
        valid_from=date(2019, 7, 11),
        lowest_bonus=100,
        staffing_target="18",
        staffing_source="常被引用的数字，不是昆明市的规定",
    )
    for place, (source, value, points, most) in enumerate(RULES):
        model("PointRule").create(
            scheme=scheme, source=source, value=value, points=points, most=most, position=place
        )
    for name, from_points, bonus in GRADES:
        grade = model("Grade").create(scheme=scheme, name=name, from_points=from_points)
        for post, (_code, _name, base) in zip(posts, POSTS, strict=True):
            model("PayBand").create(grade=grade, post_class=post, base=base, bonus=bonus)


class Migration(migrations.Migration):

    dependencies = [
        ('communities', "0008_burden"),
        ('divisions', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Grade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=20, verbose_name='grade')),
                ('from_points', models.DecimalField(decimal_places=1, max_digits=5, validators=[django.core.validators.MinValueValidator(0, 'Write zero or more.')], verbose_name='from points')),
            ],
            options={
                'verbose_name': 'grade',
                'verbose_name_plural': 'grades',
            },
        ),
        migrations.CreateModel(
            name='PostClass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=30, unique=True, verbose_name='post class')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'post class',
                'verbose_name_plural': 'post classes',
            },
        ),
        migrations.CreateModel(
            name='CommunityWorker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('started_on', models.DateField(help_text='Years of service count from this day.', verbose_name='in community work since')),
                ('education', models.CharField(choices=[('secondary', 'Secondary school or below'), ('college', 'Junior college'), ('bachelor', 'Bachelor'), ('master', 'Master or above')], max_length=10, verbose_name='education')),
                ('left_on', models.DateField(blank=True, null=True, verbose_name='last day of work')),
                ('leave_reason', models.CharField(blank=True, choices=[('resigned', 'Resigned'), ('retired', 'Retired'), ('transferred', 'Left for other work'), ('dismissed', 'Dismissed'), ('other', 'Other reason')], max_length=12, verbose_name='reason for leaving')),
                ('search_text', models.TextField(blank=True, editable=False, verbose_name='search text')),
                ('account', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='worker_file', to=settings.AUTH_USER_MODEL, verbose_name='account')),
                ('community', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='workers', to='divisions.division', verbose_name='community')),
            ],
            options={
                'verbose_name': 'community worker',
                'verbose_name_plural': 'community workers',
            },
        ),
        migrations.CreateModel(
            name='PopulationFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1990), django.core.validators.MaxValueValidator(2100)], verbose_name='year')),
                ('residents', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='residents')),
                ('source', models.CharField(max_length=120, verbose_name='source of the figure')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='population_figures', to='divisions.division', verbose_name='division')),
            ],
            options={
                'verbose_name': 'population figure',
                'verbose_name_plural': 'population figures',
            },
        ),
        migrations.CreateModel(
            name='PayBand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('base', models.PositiveIntegerField(verbose_name='base pay')),
                ('bonus', models.PositiveIntegerField(verbose_name='bonus')),
                ('grade', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bands', to='communities.grade', verbose_name='grade')),
                ('post_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bands', to='communities.postclass', verbose_name='post class')),
            ],
            options={
                'verbose_name': 'pay band',
                'verbose_name_plural': 'pay bands',
            },
        ),
        migrations.CreateModel(
            name='Qualification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('title', 'Professional title'), ('honour', 'Honour')], max_length=8, verbose_name='kind')),
                ('level', models.CharField(choices=[('junior', 'Assistant social worker'), ('intermediate', 'Social worker'), ('senior', 'Senior social worker'), ('county', 'County level'), ('city', 'City level'), ('province', 'Province level'), ('nation', 'National level')], max_length=14, verbose_name='level')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('on', models.DateField(verbose_name='received on')),
                ('evidence', models.CharField(blank=True, help_text='Certificate or document, in words.', max_length=120, verbose_name='evidence')),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='qualifications', to='communities.communityworker', verbose_name='community worker')),
            ],
            options={
                'verbose_name': 'title or honour',
                'verbose_name_plural': 'titles and honours',
            },
        ),
        migrations.CreateModel(
            name='WorkerGrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('points', models.DecimalField(decimal_places=1, max_digits=6, verbose_name='points')),
                ('lines', models.JSONField(default=list, verbose_name='computation')),
                ('set_at', models.DateTimeField(verbose_name='given at')),
                ('grade', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='workers', to='communities.grade', verbose_name='grade')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grades', to='communities.communityworker', verbose_name='community worker')),
            ],
            options={
                'verbose_name': 'grade of a worker',
                'verbose_name_plural': 'grades of workers',
            },
        ),
        migrations.CreateModel(
            name='WorkerPost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_on', models.DateField(verbose_name='first day')),
                ('ended_on', models.DateField(blank=True, null=True, verbose_name='last day')),
                ('community', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='worker_posts', to='divisions.division', verbose_name='community')),
                ('post_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='communities.postclass', verbose_name='post class')),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='communities.communityworker', verbose_name='community worker')),
            ],
            options={
                'verbose_name': 'post of a worker',
                'verbose_name_plural': 'posts of workers',
            },
        ),
        migrations.CreateModel(
            name='WorkerScheme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('basis', models.CharField(blank=True, help_text='The document it follows.', max_length=200, verbose_name='basis')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('insurances_included', models.BooleanField(default=True, verbose_name='the five insurances are included in the pay')),
                ('lowest_bonus', models.PositiveIntegerField(default=100, verbose_name='lowest monthly bonus of the lowest grade, yuan')),
                ('staffing_target', models.DecimalField(decimal_places=1, max_digits=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(200)], verbose_name='workers per 10,000 residents aimed at')),
                ('staffing_source', models.CharField(blank=True, max_length=120, verbose_name='where this number comes from')),
                ('created_at', models.DateTimeField(blank=True, null=True, verbose_name='created')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('division', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='worker_schemes', to='divisions.division', verbose_name='holds in')),
            ],
            options={
                'verbose_name': 'scheme for community workers',
                'verbose_name_plural': 'schemes for community workers',
            },
        ),
        migrations.CreateModel(
            name='PointRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('service', 'Years of service'), ('education', 'Education'), ('title', 'Professional title'), ('honour', 'Honour'), ('appraisal', 'Yearly appraisal')], max_length=10, verbose_name='source of points')),
                ('value', models.CharField(blank=True, max_length=20, verbose_name='which')),
                ('points', models.DecimalField(decimal_places=1, max_digits=5, validators=[django.core.validators.MinValueValidator(0, 'Write zero or more.')], verbose_name='points')),
                ('most', models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0, 'Write zero or more.')], verbose_name='at most')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('scheme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='communities.workerscheme', verbose_name='scheme')),
            ],
            options={
                'verbose_name': 'point rule',
                'verbose_name_plural': 'point rules',
            },
        ),
        migrations.AddField(
            model_name='grade',
            name='scheme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grades', to='communities.workerscheme', verbose_name='scheme'),
        ),
        migrations.CreateModel(
            name='YearlyAppraisal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1990), django.core.validators.MaxValueValidator(2100)], verbose_name='year')),
                ('result', models.CharField(choices=[('excellent', 'Excellent'), ('competent', 'Competent'), ('barely', 'Basically competent'), ('not', 'Not competent')], max_length=10, verbose_name='result')),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='appraisals', to='communities.communityworker', verbose_name='community worker')),
            ],
            options={
                'verbose_name': 'yearly appraisal',
                'verbose_name_plural': 'yearly appraisals',
            },
        ),
        migrations.AddIndex(
            model_name='communityworker',
            index=models.Index(fields=['community', 'id'], name='worker_by_community'),
        ),
        migrations.AddConstraint(
            model_name='communityworker',
            constraint=models.UniqueConstraint(fields=('community', 'name', 'started_on'), name='worker_is_entered_once', violation_error_message='The community has a worker of this name and first day already. Open that file.'),
        ),
        migrations.AddConstraint(
            model_name='communityworker',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('leave_reason', ''), ('left_on', None)), models.Q(('left_on__isnull', False), models.Q(('leave_reason', ''), _negated=True)), _connector='OR'), name='worker_leaves_with_a_reason', violation_error_message='Whoever leaves has a last day and a reason.'),
        ),
        migrations.AddConstraint(
            model_name='communityworker',
            constraint=models.CheckConstraint(condition=models.Q(('left_on', None), ('left_on__gte', models.F('started_on')), _connector='OR'), name='worker_leaves_after_the_first_day', violation_error_message='The last day must not be before the first day.'),
        ),
        migrations.AddConstraint(
            model_name='populationfigure',
            constraint=models.UniqueConstraint(fields=('division', 'year'), name='population_stands_once_a_year', violation_error_message='There is a figure of this year already.'),
        ),
        migrations.AddConstraint(
            model_name='populationfigure',
            constraint=models.CheckConstraint(condition=models.Q(('residents__gt', 0)), name='population_is_positive', violation_error_message='Write a number above zero.'),
        ),
        migrations.AddConstraint(
            model_name='payband',
            constraint=models.UniqueConstraint(fields=('grade', 'post_class'), name='pay_band_stands_once'),
        ),
        migrations.AddConstraint(
            model_name='qualification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'title'), ('level__in', ('junior', 'intermediate', 'senior'))), models.Q(('kind', 'honour'), models.Q(('level__in', ('junior', 'intermediate', 'senior')), _negated=True)), _connector='OR'), name='level_belongs_to_title_or_honour', violation_error_message='This level does not belong to this kind.'),
        ),
        migrations.AddConstraint(
            model_name='qualification',
            constraint=models.UniqueConstraint(fields=('worker', 'kind', 'name', 'on'), name='title_or_honour_stands_once', violation_error_message='This is recorded already.'),
        ),
        migrations.AddConstraint(
            model_name='workergrade',
            constraint=models.UniqueConstraint(fields=('worker', 'valid_from'), name='worker_is_graded_once_a_day', violation_error_message='A grade was given from this day on already.'),
        ),
        migrations.AddConstraint(
            model_name='workerpost',
            constraint=models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='worker_post_ends_after_it_begins', violation_error_message='The last day must not be before the first day.'),
        ),
        migrations.AddConstraint(
            model_name='workerpost',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('worker', '='), (models.Func('started_on', 'ended_on', models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='posts_of_a_worker_are_apart', violation_error_message='The worker holds another post in this time.'),
        ),
        migrations.AddConstraint(
            model_name='workerscheme',
            constraint=models.UniqueConstraint(fields=('division', 'valid_from'), name='worker_scheme_begins_once_a_day', nulls_distinct=False, violation_error_message='A version begins on this day already. Choose another day.'),
        ),
        migrations.AddConstraint(
            model_name='workerscheme',
            constraint=models.CheckConstraint(condition=models.Q(('staffing_target__gt', 0)), name='staffing_target_is_positive', violation_error_message='Write a number above zero.'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.UniqueConstraint(fields=('scheme', 'source', 'value'), name='point_rule_stands_once', violation_error_message='There is a rule for this already.'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', 0)), name='points_never_count_down', violation_error_message='Write zero or more.'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.CheckConstraint(condition=models.Q(('most', None), ('most__gte', models.F('points')), _connector='OR'), name='point_rule_gives_at_least_one', violation_error_message='The most must not be below the points of one.'),
        ),
        migrations.AddConstraint(
            model_name='grade',
            constraint=models.UniqueConstraint(fields=('scheme', 'name'), name='grade_name_is_unique_in_a_scheme', violation_error_message='The scheme has a grade of this name already.'),
        ),
        migrations.AddConstraint(
            model_name='grade',
            constraint=models.UniqueConstraint(fields=('scheme', 'from_points'), name='grades_begin_at_different_points', violation_error_message='Two grades begin at the same points.'),
        ),
        migrations.AddConstraint(
            model_name='yearlyappraisal',
            constraint=models.UniqueConstraint(fields=('worker', 'year'), name='worker_is_appraised_once_a_year', violation_error_message='The year has its appraisal already.'),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
