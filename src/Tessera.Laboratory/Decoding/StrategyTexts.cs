namespace Tessera.Laboratory;

/// <summary>Prompts that strategies are timed on: five whose answers copy or rewrite what they are given, and four whose answers are new.</summary>
public static class StrategyTexts
{
    /// <summary>Prompts that ask for a copy, or for the same with another form.</summary>
    public static IReadOnlyList<ReproductionText> Copying { get; } =
    [
        new("copy-prose", """
            Repeat the following text word for word.

            The old lighthouse stood at the end of the long stone pier, where the waves broke white against the rocks. Every evening the keeper climbed the ninety-two steps to the lamp, wiped the salt from the glass, and lit the flame. Ships far out at sea saw the light and knew that the harbour was near. In the winter of 1903 a storm tore the roof from the boat house, and the keeper worked for three days and three nights without sleep.
            """),
        new("copy-code", """
            Repeat this program exactly as it is.

            ```python
            def read_table(path, separator=","):
                rows = []
                with open(path) as file:
                    header = file.readline().strip().split(separator)
                    for line in file:
                        cells = line.strip().split(separator)
                        row = dict(zip(header, cells))
                        rows.append(row)
                return rows


            def write_table(path, rows, separator=","):
                header = list(rows[0].keys())
                with open(path, "w") as file:
                    file.write(separator.join(header) + "\n")
                    for row in rows:
                        file.write(separator.join(row[key] for key in header) + "\n")
            ```
            """),
        new("copy-json", """
            Copy this JSON document.

            {"name": "weather", "version": 3, "stations": [{"id": 1, "city": "Oslo", "temperature": 4.5, "wind": 12}, {"id": 2, "city": "Lisbon", "temperature": 18.0, "wind": 7}, {"id": 3, "city": "Vienna", "temperature": 11.5, "wind": 9}, {"id": 4, "city": "Athens", "temperature": 21.0, "wind": 5}, {"id": 5, "city": "Dublin", "temperature": 9.5, "wind": 15}]}
            """),
        new("rewrite-list", """
            Write this list again with a star in front of each line.

            apples from the garden
            bread from the corner bakery
            a dozen eggs from the farm
            two bottles of cold milk
            black tea with lemon
            """),
        new("rewrite-lines", """
            Rewrite this text so that every sentence stands on a line of its own.

            The museum opens at nine in the morning. Visitors leave their bags at the entrance. The guided tour begins in the hall of ships. It takes about an hour. Children under six years pay nothing. The garden behind the house is open until sunset. A small restaurant serves soup, bread and coffee.
            """),
    ];

    /// <summary>Prompts whose answers are new text.</summary>
    public static IReadOnlyList<ReproductionText> Free { get; } =
    [
        new("story", "Write a story about a fox who wants to learn to swim."),
        new("why", "Why is the sky blue?"),
        new("poem", "Write a poem about winter."),
        new("advice", "How do I boil an egg?"),
    ];
}
