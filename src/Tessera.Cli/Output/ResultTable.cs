using Spectre.Console;

namespace Tessera.Cli.Output;

/// <summary>Rows of text: a table where a person looks, tab-separated lines in a file or a pipe.</summary>
internal sealed class ResultTable
{
    private readonly (string Name, bool IsNumber)[] _columns;
    private readonly List<(string[] Cells, Color? Colour)> _rows = [];

    /// <summary>Creates a table.</summary>
    /// <param name="columns">Its columns; a name that begins with <c>#</c> is one of numbers, which stand to the right.</param>
    public ResultTable(params ReadOnlySpan<string> columns)
    {
        _columns = new (string, bool)[columns.Length];
        for (var i = 0; i < columns.Length; i++) _columns[i] = (columns[i].TrimStart('#'), columns[i].StartsWith('#'));
    }

    /// <summary>Adds a row.</summary>
    public void Add(params ReadOnlySpan<string> cells) => _rows.Add((cells.ToArray(), null));

    /// <summary>Adds a row in a colour.</summary>
    public void AddColoured(Color colour, params ReadOnlySpan<string> cells) => _rows.Add((cells.ToArray(), colour));

    /// <summary>Writes the table.</summary>
    public void WriteTo(CommandConsole console)
    {
        if (!console.OutputIsTerminal)
        {
            console.Output.WriteLine(string.Join('\t', _columns.Select(c => c.Name)));
            foreach (var (cells, _) in _rows) console.Output.WriteLine(string.Join('\t', cells));
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).BorderStyle(new Style(decoration: Decoration.Dim));
        foreach (var (name, isNumber) in _columns)
        {
            var column = new TableColumn(new Text(name));
            table.AddColumn(isNumber ? column.RightAligned() : column);
        }

        foreach (var (cells, colour) in _rows)
            table.AddRow(cells.Select(cell => new Text(cell, new Style(colour ?? Color.Default))));
        console.Pretty.Write(table);
    }
}
