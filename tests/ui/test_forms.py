"""Forms: label, error, control, hint; what was typed stays; the summary leads into the fields."""

from django import forms

from kunming_portal.ui import widgets


class Objection(forms.Form):
    reason = forms.CharField(
        label="Grounds", max_length=500, widget=forms.Textarea, help_text="Name the rule"
    )
    unit = forms.ChoiceField(label="Unit", choices=[("", "-"), ("water", "Water bureau")])
    urgent = forms.ChoiceField(
        label="Urgent",
        choices=[("no", "Normal"), ("yes", "Urgent")],
        widget=widgets.Tiles(notes={"no": "working hours", "yes": "day and night"}, suggested=["yes"]),
    )
    done = forms.MultipleChoiceField(
        label="Done",
        required=False,
        choices=[("a", "Warned"), ("b", "Asked")],
        widget=forms.CheckboxSelectMultiple,
    )
    sure = forms.BooleanField(label="Sure")
    picture = forms.FileField(label="Picture", required=False, help_text="Small ones")
    kept = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_form_is_drawn_with_the_portals_classes() -> None:
    drawn = Objection(initial={"reason": "two words"}).render()
    assert '<label for="id_reason">Grounds <abbr title="Required">*</abbr>' in drawn
    assert 'class="form-control"' in drawn
    assert 'class="form-select"' in drawn
    assert 'class="form-check-input"' in drawn
    assert '<small class="kp-note">optional</small>' in drawn
    assert drawn.count('name="kept"') == 1
    assert "kp-errors" not in drawn


def test_long_texts_count_their_characters() -> None:
    drawn = Objection(initial={"reason": "two words"}).render()
    assert '<span data-counts="id_reason">9/500</span>' in drawn


def test_choices_are_tiles_of_one_size_and_none_is_chosen_beforehand() -> None:
    drawn = Objection().render()
    assert drawn.count('class="kp-opt is-big') == 2
    assert 'class="kp-opt is-big is-maybe"' in drawn
    assert "<b>Normal</b><small>working hours</small>" in drawn
    assert "checked" not in drawn
    assert '<fieldset class="kp-field" id="id_urgent"' in drawn


def test_errors_stand_at_the_field_and_in_the_summary() -> None:
    form = Objection(data={"reason": "", "unit": "water", "urgent": "no", "done": ["a"]})
    drawn = form.render()
    assert '<div class="kp-errors" role="alert" tabindex="-1" data-focus>' in drawn
    assert "2 things to change" in drawn
    assert '<a href="#id_reason">Grounds: This field is required.</a>' in drawn
    assert '<p class="kp-wrong" id="id_reason_error">' in drawn
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in drawn
    assert 'value="a" id="id_done_0" checked' in drawn.replace(' class=""', "")
    assert '<option value="water" selected>' in drawn


def test_errors_of_the_whole_form_are_in_the_summary() -> None:
    form = Objection(data={"reason": "r", "unit": "water", "urgent": "no", "sure": "on"})
    form.add_error(None, "Somebody acted first")
    assert "<li>Somebody acted first</li>" in form.render()


def test_a_single_control_is_described_by_its_hint() -> None:
    drawn = Objection().render()
    assert 'aria-describedby="id_picture_helptext"' in drawn
    assert drawn.count('id="id_picture"') == 1
