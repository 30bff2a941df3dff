<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>BenchmarkFactsText</name>
    <message numerus="yes">
        <source>%n other loads ran meanwhile</source>
        <comment>fact of a benchmark</comment>
        <translation>
            <numerusform>%n other load ran meanwhile</numerusform>
            <numerusform>%n other loads ran meanwhile</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n threads</source>
        <comment>of a processor</comment>
        <translation>
            <numerusform>%n thread</numerusform>
            <numerusform>%n threads</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CompatibilityText</name>
    <message numerus="yes">
        <source>It needs another part: %1. The library has %n: %2.</source>
        <comment>kind, names</comment>
        <translation>
            <numerusform>It needs another part: %1. The library has %n: %2.</numerusform>
            <numerusform>It needs another part: %1. The library has %n: %2.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FolderText</name>
    <message numerus="yes">
        <source>Looked at every %n seconds: %1.</source>
        <comment>reason</comment>
        <translation>
            <numerusform>Looked at every second: %1.</numerusform>
            <numerusform>Looked at every %n seconds: %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>JobText</name>
    <message numerus="yes">
        <source>%n files</source>
        <comment>done</comment>
        <translation>
            <numerusform>%n file</numerusform>
            <numerusform>%n files</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LoadPreviewText</name>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <comment>models</comment>
        <translation>
            <numerusform>%1 and %n more</numerusform>
            <numerusform>%1 and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PreloadText</name>
    <message numerus="yes">
        <source>%n models are not in the library</source>
        <comment>problem of a plan</comment>
        <translation>
            <numerusform>%n model is not in the library</numerusform>
            <numerusform>%n models are not in the library</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n models</source>
        <comment>of a plan</comment>
        <translation>
            <numerusform>%n model</numerusform>
            <numerusform>%n models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TreemapTiles</name>
    <message numerus="yes">
        <source>%n smaller</source>
        <comment>tile of a treemap: parts</comment>
        <translation>
            <numerusform>%n smaller</numerusform>
            <numerusform>%n smaller</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::BenchmarkSetup</name>
    <message numerus="yes">
        <source>%n models are chosen.</source>
        <comment>to be measured</comment>
        <translation>
            <numerusform>%n model is chosen.</numerusform>
            <numerusform>%n models are chosen.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::BenchmarkStageModel</name>
    <message numerus="yes">
        <source>%n measurements.</source>
        <comment>of a stage</comment>
        <translation>
            <numerusform>%n measurement.</numerusform>
            <numerusform>%n measurements.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::DeleteDialog</name>
    <message numerus="yes">
        <source>These %n files or folders go to the trash of the desktop, %1 in all. That can be undone.</source>
        <comment>size</comment>
        <translation>
            <numerusform>This file or folder goes to the trash of the desktop, %1 in all. That can be undone.</numerusform>
            <numerusform>These %n files or folders go to the trash of the desktop, %1 in all. That can be undone.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::DetailPane</name>
    <message numerus="yes">
        <source>%n models are selected.</source>
        <comment>where details would stand</comment>
        <translation>
            <numerusform>%n model is selected.</numerusform>
            <numerusform>%n models are selected.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::FolderController</name>
    <message numerus="yes">
        <source>This is a folder of %1: %n folders in it hold models.</source>
        <comment>program</comment>
        <translation>
            <numerusform>This is a folder of %1: %n folder in it holds models.</numerusform>
            <numerusform>This is a folder of %1: %n folders in it hold models.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::LibraryHeader</name>
    <message numerus="yes">
        <source>%n models</source>
        <comment>above the table</comment>
        <translation>
            <numerusform>%n model</numerusform>
            <numerusform>%n models</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n models</source>
        <comment>above the table</comment>
        <translation>
            <numerusform>%1 of %n model</numerusform>
            <numerusform>%1 of %n models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::LibraryTreeModel</name>
    <message numerus="yes">
        <source>%1, %n models</source>
        <comment>accessible text</comment>
        <translation>
            <numerusform>%1, %n model</numerusform>
            <numerusform>%1, %n models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::MainWindow</name>
    <message numerus="yes">
        <source>%n models</source>
        <comment>status bar</comment>
        <translation>
            <numerusform>%n model</numerusform>
            <numerusform>%n models</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n folders</source>
        <comment>status bar</comment>
        <translation>
            <numerusform>%n folder</numerusform>
            <numerusform>%n folders</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <comment>status bar: a job and others</comment>
        <translation>
            <numerusform>%1 and %n more</numerusform>
            <numerusform>%1 and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::MemoryLegend</name>
    <message numerus="yes">
        <source>%n more models</source>
        <comment>line of a legend</comment>
        <translation>
            <numerusform>%n more model</numerusform>
            <numerusform>%n more models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::MemoryPage</name>
    <message numerus="yes">
        <source>As of %n seconds ago</source>
        <comment>what a GPU says</comment>
        <translation>
            <numerusform>As of %n second ago</numerusform>
            <numerusform>As of %n seconds ago</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::MemoryUsers</name>
    <message numerus="yes">
        <source>%n more programs</source>
        <comment>that use memory</comment>
        <translation>
            <numerusform>%n more program</numerusform>
            <numerusform>%n more programs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::NotesTab</name>
    <message numerus="yes">
        <source>For %n hours</source>
        <comment>choice: how long</comment>
        <translation>
            <numerusform>For %n hour</numerusform>
            <numerusform>For %n hours</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>For %n minutes</source>
        <comment>choice: how long</comment>
        <translation>
            <numerusform>For %n minute</numerusform>
            <numerusform>For %n minutes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::PreloadDialog</name>
    <message numerus="yes">
        <source>A new plan of the %n selected models</source>
        <comment>heading</comment>
        <translation>
            <numerusform>A new plan of the selected model</numerusform>
            <numerusform>A new plan of the %n selected models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::SettingsDialog</name>
    <message numerus="yes">
        <source> days</source>
        <comment>behind a number</comment>
        <translation>
            <numerusform> day</numerusform>
            <numerusform> days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>weightroom::ui::Treemap</name>
    <message numerus="yes">
        <source>%n parts. The arrow keys go from one to another, Enter goes into one, Backspace goes out.</source>
        <comment>accessible text: of a treemap</comment>
        <translation>
            <numerusform>%n part. The arrow keys go from one to another, Enter goes into one, Backspace goes out.</numerusform>
            <numerusform>%n parts. The arrow keys go from one to another, Enter goes into one, Backspace goes out.</numerusform>
        </translation>
    </message>
</context>
</TS>
