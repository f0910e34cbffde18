"""The `hexaface` command."""

import typer

from hexaface.commands import analyze, database, demo, doctor, enrol, keys, models, recognise, serve

app = typer.Typer(
    name="hexaface",
    help="Self-hosted face analysis: serve the API, analyse pictures, look at the models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("analyze")(analyze.analyze)
app.command("verify")(recognise.verify)
app.command("enrol")(enrol.enrol)
app.command("identify")(recognise.identify)
app.add_typer(keys.app, name="keys")
app.add_typer(database.app, name="database")
app.command("models")(models.models)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)

if __name__ == "__main__":
    app()
